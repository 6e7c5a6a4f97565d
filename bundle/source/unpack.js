// Reads what evenhand.adapters.map.pack writes: the length of the JSON, the JSON, the columns.
const TYPES = { Float32Array, Uint32Array, Uint16Array, Uint8Array };

export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const columns = {};
  for (const { name, type, offset, length: n } of head.columns) columns[name] = new TYPES[type](buffer, 4 + length + offset, n);
  return { ...head, columns, n: columns.row.length };
}
