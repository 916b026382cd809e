/** All calls that the simulator got, collected often enough that it has forgotten none. */
export class Journal {
  constructor(simulator) {
    this.simulator = simulator;
    this.entries = new Map();
  }

  async collect() {
    for (const entry of await this.simulator.ask('received?limit=10000')) this.entries.set(entry.number, entry);
  }

  /** How often each route got each prompt: route -> prompt -> calls. */
  async counts() {
    await this.collect();
    const numbers = [...this.entries.keys()].sort((a, b) => a - b);
    for (let i = 1; i < numbers.length; ++i)
      if (numbers[i] !== numbers[i - 1] + 1) throw new Error(`the journal lost the calls after ${numbers[i - 1]}`);
    const counts = {};
    for (const { route, prompt } of this.entries.values()) {
      counts[route] ??= new Map();
      counts[route].set(prompt, (counts[route].get(prompt) ?? 0) + 1);
    }
    return (route, prompt) => counts[route]?.get(prompt) ?? 0;
  }
}
