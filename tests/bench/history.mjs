// Many generations that were made long ago, without making them: copies of one that the server made, with ids, times and
// images of their own. Their images are random enough not to shrink, and open for nobody.

/** The tables of a day, and what differs in each copy; everything else is the original's. */
const differing = {
  generation: { id: 'c.id', day: 'c.day', created_at: 'c.at', dispatched_at: 'c.at', ended_at: 'c.at', expires_at: 'c.due' },
  image: { generation_id: 'c.id', day: 'c.day', id: 'gen_random_uuid()', created_at: 'c.at', expires_at: 'c.due' },
  disclosure: { generation_id: 'c.id', day: 'c.day', at: 'c.at', expires_at: 'c.due' },
};

export class History {
  constructor(database) {
    this.sql = database.sql;
    this.admin = database.admin;
  }

  async #copy(table, original, own = {}) {
    const columns = (await this.sql(`select column_name from information_schema.columns where table_schema = 'easel'
      and table_name = '${table}' order by ordinal_position`)).split('\n');
    const changed = { ...differing[table], ...own };
    const values = columns.map((name) => changed[name] ?? `o.${name}`);
    await this.sql(`insert into easel.${table} (${columns.join()}) select ${values.join()} from bench.copy c,
      (select * from easel.${table} where ${original}) o order by c.number`);
  }

  /**
   * `count` generations with an image of `bytes` each, of one day; returns the seconds that it took.
   * @param due how long from now they expire; @param owner whose, by default the original's; @param daysAgo a day that
   * is not over yet is emptied row by row, an older one would be dropped as it is
   */
  async fill(count, bytes, { due, owner, daysAgo = 30 }) {
    const from = performance.now();
    const whose = owner ? `account_id = '${owner}'` : 'true';
    const [id, day] = (await this.sql(`select id, day from easel.generation where state = 3 and stored = 1 and ${whose}
      order by id desc limit 1`)).split('|');
    if (!id) throw new Error('there is no generation to make copies of');
    if (daysAgo > 0)
      await this.sql(`set easel.clock_shift = '-${daysAgo} days'; select easel.ensure_partitions(0)`);
    this.day = await this.sql(`select ((easel.now() at time zone 'UTC')::date - ${daysAgo})`);
    // UUIDv7: milliseconds, version, chance, variant, chance. All within the day, in the order of their time.
    await this.sql(`drop schema if exists bench cascade; create schema bench; create unlogged table bench.copy as
      select number, day, at, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(chance, 1, 3)
             || '8' || substr(chance, 4, 15))::uuid as id, easel.now() + interval '${due}' as due
        from (select number, date '${this.day}' as day, md5(number::text || random()) as chance,
                     least(date '${this.day}'::timestamptz + number * (interval '23 hours' / ${count}), easel.now()) as at
                from generate_series(1, ${count}) number) made;
      analyze bench.copy`);
    const theirs = `generation_id = '${id}' and day = '${day}'`;
    await this.#copy('generation', `id = '${id}' and day = '${day}'`);
    await this.#copy('image', theirs, { size: `${bytes}`, bytes_sealed: `decode(repeat(md5(c.number::text), ${Math.ceil((bytes + 28) / 16)}), 'hex')` });
    await this.#copy('disclosure', theirs);
    await this.sql('drop schema bench cascade');
    return (performance.now() - from) / 1000;
  }

  /** One statement, as somebody would delete who has nothing else to do; returns its seconds. */
  async deleteByRow() {
    const table = `easel.image_${this.day.replaceAll('-', '')}`;
    const from = performance.now();
    await this.sql(`delete from ${table} where expires_at > easel.now()`);
    return (performance.now() - from) / 1000;
  }

  /** What is left of that day goes at once. */
  async clear() {
    for (const table of Object.keys(differing))
      await this.sql(`drop table if exists easel.${table}_${this.day.replaceAll('-', '')}`);
    await this.admin('checkpoint');
  }
}
