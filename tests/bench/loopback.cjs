// Portkey's gateway listens on every interface and knows no other way: here each listener gets a free loopback port,
// which goes into the file that EASEL_BENCH_PORT_FILE names.
const fs = require('node:fs');
const net = require('node:net');

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function listenOnLoopback(...words) {
  const listening = words.find((word) => typeof word === 'function');
  this.once('listening', () => fs.writeFileSync(process.env.EASEL_BENCH_PORT_FILE, String(this.address().port)));
  return listen.call(this, { host: '127.0.0.1', port: 0 }, ...(listening ? [listening] : []));
};
