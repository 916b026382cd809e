import { Edge } from '../../e2e/support/edge.mjs';
import { House } from '../../e2e/support/house.mjs';
import { StandIn } from '../../e2e/support/stand_in.mjs';
import { merged } from '../../e2e/support/toml.mjs';

/** A house that people can sign in to. */
export class Studio {
  static async start(settings = {}) {
    const studio = new Studio();
    studio.standIn = await StandIn.start();
    studio.edge = await Edge.start(() => studio.house?.nodes ?? []);
    studio.url = studio.edge.url;
    studio.house = await House.start(merged({
      server: { public_url: studio.url },
      google: studio.standIn.settings,
      limits: { free: { daily_allowance: 100 } },
    }, settings));
    return studio;
  }

  /** How many accounts the database holds. */
  async accounts() {
    return Number(await this.house.cluster.query('select count(*) from easel.account', this.house.databaseUrl));
  }

  async stop() {
    this.edge.stop();
    await this.house.stop();
    await this.standIn.stop();
  }
}
