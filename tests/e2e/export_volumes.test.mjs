// RIGHT-1: a copy that is larger than one file may be comes in several, each of which is whole and can be fetched again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { Edge } from './support/edge.mjs';
import { House } from './support/house.mjs';
import { Person } from './support/person.mjs';
import { describeImage } from './support/pictures.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { StandIn } from './support/stand_in.mjs';
import { eventually } from './support/wait.mjs';

const bound = 1 << 20;
const imageBytes = 400_000; // two in a file, not three

let house, edge, standIn, person, stranger, generations, files;
before(async () => {
  standIn = await StandIn.start();
  edge = await Edge.start(() => house?.nodes ?? []);
  house = await House.start({
    server: { public_url: edge.url }, google: standIn.settings, limits: { free: { daily_allowance: 100 } },
    rights: { export_volume: bound },
  });
  await house.simulator.behave({ sub2api: { image_bytes: imageBytes } });
  person = await Person.signIn(edge.url, '100000000000000000001');
  stranger = await Person.signIn(edge.url, '100000000000000000002');
  generations = [];
  for (let i = 0; i < 5; ++i) {
    const { url } = await person.post('/v1/generations', { prompt: `boat number ${i}` });
    const drawn = await person.get(`${url}?wait=60`);
    assert.equal(drawn.state, 'completed');
    generations.push(drawn.id);
  }
});
after(async () => {
  await house?.stop();
  edge?.stop();
  await standIn?.stop();
});

const query = (sql) => house.cluster.query(sql, house.databaseUrl);
const nothingIsWritten = () => eventually('the file before is over', async () =>
  await query('select count(*) from easel.data_export where ended_at is null') === '0');

/** Downloads an archive, opens it with unzip, and says what is in it. */
async function fetched(where) {
  await nothingIsWritten();
  const answer = await person.browser.request(edge.url + where);
  assert.equal(answer.status, 200, where);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const folder = fs.mkdtempSync(path.join(scratchDirectory(), 'volume-'));
  const file = `${folder}.zip`;
  fs.writeFileSync(file, bytes);
  execFileSync('unzip', ['-q', file, '-d', folder]);
  const images = path.join(folder, 'images');
  return {
    size: bytes.length,
    name: /filename="(.*)"/.exec(answer.headers.get('content-disposition'))[1],
    entries: fs.readdirSync(folder).sort(),
    readme: fs.readFileSync(path.join(folder, 'README.txt'), 'utf8'),
    images: fs.existsSync(images) ? fs.readdirSync(images) : [],
    image: (name) => fs.readFileSync(path.join(images, name)),
  };
}

const drawnBy = (name) => name.replace(/^\d{4}-\d\d-\d\d_(gen_\w+)_1\.png$/, '$1');

it('RIGHT-1: what is listed is downloaded, and each image is in one file', async () => {
  const first = await fetched('/v1/account/export');
  assert.match(first.name, /^gpt-image-ai-\d{4}-\d\d-\d\d-1-of-4\.zip$/);
  assert.deepEqual(first.images, []);
  assert.ok(first.entries.includes('account.json') && first.entries.includes('generations.json'));

  const { data: [copy] } = await person.get('/v1/account/exports');
  files = copy.volumes;
  assert.equal(files.length, 4);
  for (const { url } of files) assert.ok(first.readme.includes(url), url);
  assert.deepEqual(files.map((one) => one.documents), [true, false, false, false]);
  assert.equal(files.reduce((sum, one) => sum + one.images, 0), generations.length);

  const seen = [];
  for (const { url, number, images, image_bytes: bytes } of files.slice(1)) {
    const found = await fetched(url);
    assert.ok(found.size <= bound, `${url}: ${found.size} bytes`);
    assert.ok(found.size > bytes);
    assert.deepEqual(found.entries, ['README.txt', 'images']);
    assert.match(found.name, new RegExp(`-${number}-of-4\\.zip$`));
    assert.equal(found.images.length, images);
    for (const name of found.images) assert.ok(describeImage(found.image(name)).whole, name);
    seen.push(...found.images.map(drawnBy));
  }
  assert.deepEqual(seen.sort(), generations.toSorted());
});

it('RIGHT-1: a file can be fetched again, what is deleted or made meanwhile moves nothing, and it is one copy', async () => {
  const before = (await fetched(files[2].url)).images;
  const gone = before[0];
  await person.ask('DELETE', `/v1/generations/${drawnBy(gone)}`);
  const { url } = await person.post('/v1/generations', { prompt: 'a boat that came later' });
  await person.get(`${url}?wait=60`);
  assert.deepEqual((await fetched(files[2].url)).images, before.slice(1));
  assert.equal((await fetched(files[3].url)).images.length, files[3].images);
  assert.equal(await query('select count(*) from easel.data_export'), '1');
});

it('RIGHT-1: a file is for the person alone', async () => {
  await nothingIsWritten();
  const [theirs, none] = await Promise.all([
    stranger.call('GET', files[1].url), stranger.call('GET', `/v1/account/exports/export_${'0'.repeat(26)}/volumes/1`),
  ]);
  assert.equal(theirs.status, 404);
  assert.deepEqual({ ...theirs.json, request_id: 0, instance: '' }, { ...none.json, request_id: 0, instance: '' });
  assert.deepEqual((await stranger.get('/v1/account/exports')).data, []);
  assert.equal((await person.call('GET', files[1].url.replace(/\d+$/, '5'))).status, 404);
});

it('RIGHT-1: who has little gets one file with everything', async () => {
  const { url } = await stranger.post('/v1/generations', { prompt: 'one boat' });
  await stranger.get(`${url}?wait=60`);
  const answer = await stranger.browser.request(`${edge.url}/v1/account/export`);
  assert.match(answer.headers.get('content-disposition'), /gpt-image-ai-\d{4}-\d\d-\d\d\.zip"$/);
  await answer.arrayBuffer();
  const { data: [copy] } = await stranger.get('/v1/account/exports');
  assert.deepEqual([copy.volumes.length, copy.volumes[0].images, copy.volumes[0].documents], [1, 1, true]);
});
