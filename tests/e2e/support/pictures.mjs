/** Format and size that an image file says of itself. */
export function describeImage(bytes) {
  if (bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) {
    const ended = bytes.subarray(-8, -4).toString('latin1') === 'IEND';
    return { format: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), whole: ended };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpeg(bytes);
  if (bytes.subarray(0, 4).toString('latin1') === 'RIFF' && bytes.subarray(8, 12).toString('latin1') === 'WEBP')
    return webp(bytes);
  throw new Error(`no image: ${bytes.subarray(0, 16).toString('hex')}`);
}

function jpeg(bytes) {
  const whole = bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9;
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1];
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame)
      return { format: 'jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5), whole };
  }
  throw new Error('a JPEG without a frame');
}

function webp(bytes) {
  const whole = bytes.readUInt32LE(4) + 8 === bytes.length;
  const kind = bytes.subarray(12, 16).toString('latin1');
  if (kind === 'VP8X')
    return { format: 'webp', width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3), whole };
  if (kind === 'VP8L') {
    const bits = bytes.readUInt32LE(21);
    return { format: 'webp', width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff), whole };
  }
  return { format: 'webp', width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff, whole };
}
