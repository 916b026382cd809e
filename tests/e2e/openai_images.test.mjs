// The official SDK, unmodified: only its base URL and key are ours.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { House } from './support/house.mjs';
import { describeImage } from './support/pictures.mjs';

let house, free, paid;

before(async () => {
  house = await House.start();
  [free, paid] = await Promise.all([house.account('free'), house.account('paid')]);
});
after(async () => {
  await house?.checkLedger();
  assert.deepEqual(await house?.stop(), [{ code: 0, signal: null }]);
});

const decoded = (item) => describeImage(Buffer.from(item.b64_json, 'base64'));

describe('images.generate on the free tier', () => {
  it('gives a picture of the size and format asked, drawn by sub2api alone', async () => {
    const prompt = 'A paper boat on a rain puddle';
    const answer = await house.sdk(free).images.generate({ model: 'gpt-image-2', prompt, size: '1536x1024' });
    assert.equal(answer.data.length, 1);
    assert.deepEqual(decoded(answer.data[0]), { format: 'png', width: 1536, height: 1024, whole: true });
    assert.equal(answer.size, '1536x1024');
    assert.equal(answer.output_format, 'png');
    assert.equal(answer.quality, 'medium');
    assert.ok(Math.abs(answer.created - Date.now() / 1000) < 600);
    assert.equal(answer.usage.total_tokens, 0);
    assert.match(answer._request_id, /^req_/);
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 1, kie: 0 });
  });

  for (const output_format of ['png', 'jpeg', 'webp'])
    it(`delivers ${output_format}`, async () => {
      const answer = await house.sdk(free).images.generate({ prompt: `a jar as ${output_format}`, output_format });
      assert.deepEqual(decoded(answer.data[0]), { format: output_format, width: 1024, height: 1024, whole: true });
      assert.equal(answer.output_format, output_format);
    });

  it('makes three pictures from one call and charges each once', async () => {
    const account = await house.account('free');
    const prompt = 'three foxes';
    const answer = await house.sdk(account).images.generate({ prompt, n: 3, quality: 'low' });
    assert.equal(answer.data.length, 3);
    for (const item of answer.data) assert.equal(decoded(item).format, 'png');
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 3, kie: 0 });
    assert.deepEqual(await house.client(account).credits(), { available: account.gift - 3, held: 0 });
  });

  it('says what was delivered when the relay draws another size than asked', async () => {
    const prompt = 'a tall tower, delivered otherwise';
    await house.simulator.behave({ sub2api: { deliver_size: '640x832' } });
    try {
      const answer = await house.sdk(free).images.generate({ prompt, size: '1024x1536' });
      assert.equal(answer.size, '640x832');
      assert.deepEqual(decoded(answer.data[0]), { format: 'png', width: 640, height: 832, whole: true });
    } finally {
      await house.simulator.behave({ sub2api: null });
    }
  });

  it('ignores fields that are newer than the server', async () => {
    const answer = await house.sdk(free).images.generate({ prompt: 'a new field', moderation: 'low', complexity: 'high' });
    assert.equal(answer.data.length, 1);
  });
});

describe('images.generate on the paid tier', () => {
  it('gives a picture drawn by kie.ai alone', async () => {
    const prompt = 'A lighthouse made of glass';
    const answer = await house.sdk(paid).images.generate({ model: 'gpt-image-2', prompt, size: '1280x720' });
    assert.equal(answer.data.length, 1);
    const { format, whole, width, height } = decoded(answer.data[0]);
    assert.deepEqual({ format, whole }, { format: 'png', whole: true });
    assert.equal(answer.size, `${width}x${height}`);
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 0, kie: 1 });
  });

  it('makes three pictures from one call, each a task of its own', async () => {
    const account = await house.account('paid');
    const prompt = 'three owls';
    const answer = await house.sdk(account).images.generate({ prompt, n: 3 });
    assert.equal(answer.data.length, 3);
    for (const item of answer.data) assert.equal(decoded(item).format, 'png');
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 0, kie: 3 });
    assert.deepEqual(await house.client(account).credits(), { available: account.gift - 18, held: 0 });
  });

  it('draws with another model', async () => {
    const answer = await house.sdk(paid).images.generate({ model: 'nano-banana-2', prompt: 'a banana', output_format: 'jpeg' });
    assert.equal(decoded(answer.data[0]).format, 'jpeg');
  });
});

describe('images.generate as a stream', () => {
  async function collect(account, request) {
    const stream = await house.sdk(account).images.generate({ ...request, stream: true });
    const found = [];
    for await (const event of stream) found.push(event);
    return found;
  }

  it('sends previews, then the picture', async () => {
    const found = await collect(free, { prompt: 'a slow sunrise', partial_images: 2 });
    assert.deepEqual(found.map((event) => event.type), [
      'image_generation.partial_image', 'image_generation.partial_image', 'image_generation.completed',
    ]);
    assert.deepEqual(found.slice(0, 2).map((event) => event.partial_image_index), [0, 1]);
    for (const event of found) assert.deepEqual(decoded(event), { format: 'png', width: 1024, height: 1024, whole: true });
    const last = found.at(-1);
    assert.equal(last.size, '1024x1024');
    assert.equal(last.output_format, 'png');
    assert.equal(last.usage.total_tokens, 0);
    assert.equal(typeof last.created_at, 'number');
  });

  it('sends one completed event for each picture, also where no previews exist', async () => {
    const [fromFree, fromPaid] = await Promise.all([
      collect(free, { prompt: 'two herons', n: 2 }), collect(paid, { prompt: 'two cranes', n: 2 }),
    ]);
    for (const found of [fromFree, fromPaid]) {
      assert.deepEqual(found.map((event) => event.type), ['image_generation.completed', 'image_generation.completed']);
      for (const event of found) assert.equal(decoded(event).format, 'png');
    }
  });

  it('raises what fails after the stream has opened', async () => {
    await assert.rejects(collect(free, { prompt: 'fails late sim:refuse=frame', partial_images: 1 }),
      (error) => error.code === 'moderation_blocked' && error.type === 'image_generation_user_error');
  });

  it('keeps the status of what fails before', async () => {
    await assert.rejects(collect(free, { prompt: 'refused early sim:violence' }),
      (error) => error.status === 400 && error.code === 'moderation_blocked');
  });
});

describe('models', () => {
  it('lists what the tier of the account may ask for', async () => {
    const names = async (account) => {
      const found = [];
      for await (const model of house.sdk(account).models.list()) found.push(model);
      return found;
    };
    const [ofFree, ofPaid] = await Promise.all([names(free), names(paid)]);
    assert.deepEqual(ofFree.map((model) => model.id), ['gpt-image-2']);
    assert.deepEqual(ofPaid.map((model) => model.id), ['gpt-image-2', 'nano-banana-2']);
    for (const model of [...ofFree, ...ofPaid]) assert.equal(model.object, 'model');
    assert.ok(ofFree[0].sizes.includes('1536x1024'));
    assert.ok(!ofPaid[0].sizes.includes('1536x1024'));
  });

  it('shows one model, and none that the tier does not have', async () => {
    const model = await house.sdk(paid).models.retrieve('nano-banana-2');
    assert.equal(model.id, 'nano-banana-2');
    await assert.rejects(house.sdk(free).models.retrieve('nano-banana-2'),
      (error) => error.status === 404 && error.code === 'model_not_found');
  });
});
