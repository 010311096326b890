// What two real S7 clients make of the sensor; one JSON object on stdout. node s7comm_clients.js snap7|nodes7 MODULES PORT
const [, , which, modules, port] = process.argv;
const load = name => require(`${modules}/node_modules/${name}`);
const say = result => process.stdout.write(JSON.stringify(result) + '\n');

function snap7() {
  const lib = load('node-snap7');
  const c = new lib.S7Client();
  const said = {};
  const ask = (name, work) => {
    const got = work();
    said[name] = got === false ? { error: c.ErrorText(c.LastError()) } : Buffer.isBuffer(got) ? got.toString('hex') : got;
  };
  c.SetParam(c.RemotePort, Number(port));
  ask('connect', () => c.ConnectTo('127.0.0.1', 0, 2));
  for (const name of ['GetCpuInfo', 'GetCpInfo', 'GetOrderCode', 'PlcStatus', 'ListBlocks', 'GetProtection', 'ReadSZLList', 'PDULength']) ask(name, () => c[name]());
  ask('szl', () => c.ReadSZL(0x1c, 0));
  for (const type of ['OB', 'DB', 'SDB', 'SFC']) ask(`list ${type}`, () => c.ListBlocksOfType(c[`Block_${type}`]));
  ask('info', () => c.GetAgBlockInfo(c.Block_OB, 1));
  ask('full upload', () => c.FullUpload(c.Block_OB, 1, 4096));
  ask('upload', () => c.Upload(c.Block_OB, 1, 4096));
  ask('upload of none', () => c.Upload(c.Block_OB, 77, 4096));
  ask('DBGet', () => c.DBGet(1));
  ask('DBWrite', () => c.DBWrite(1, 300, 600, Buffer.from([...Array(600).keys()])));
  ask('DBRead', () => c.DBRead(1, 300, 600));
  ask('DBRead of none', () => c.DBRead(99, 0, 2));
  for (const [name, start, size] of [['EBRead', 0, 16], ['ABRead', 0, 16], ['MBRead', 0, 32]]) ask(name, () => c[name](start, size));
  ask('MBWrite', () => c.MBWrite(10, 2, Buffer.from([9, 8])));
  ask('MBRead back', () => c.MBRead(10, 2));
  ask('ABWrite', () => c.ABWrite(9, 1, Buffer.from([0xa5])));
  ask('ABRead back', () => c.ABRead(9, 1));
  ask('many', () => c.ReadMultiVars([
    { Area: c.S7AreaDB, WordLen: c.S7WLByte, DBNumber: 1, Start: 300, Amount: 3 },
    { Area: c.S7AreaMK, WordLen: c.S7WLBit, DBNumber: 0, Start: 80, Amount: 1 },
    { Area: c.S7AreaDB, WordLen: c.S7WLByte, DBNumber: 77, Start: 0, Amount: 8 },
  ]).map(item => ({ result: item.Result, data: item.Data && item.Data.toString('hex') })));
  ask('clock set', () => c.SetPlcDateTime(new Date(2016, 1, 8, 14, 51, 37)));
  ask('clock', () => c.GetPlcDateTime());
  ask('password', () => c.SetSessionPassword('geheim'));
  ask('give back', () => c.ClearSessionPassword());
  ask('stop', () => c.PlcStop());
  ask('stopped', () => c.PlcStatus());
  ask('start', () => c.PlcHotStart());
  ask('started', () => c.PlcStatus());
  ask('stop again', () => c.PlcStop());
  ask('cold start', () => c.PlcColdStart());
  ask('copy', () => c.CopyRamToRom(3000));
  ask('compress', () => c.Compress(3000));
  ask('end', () => c.Disconnect());
  say(said);
}

function nodes7() {
  const NodeS7 = load('nodes7');
  const c = new NodeS7({ silent: true });
  const tags = { word: 'DB1,INT1100', real: 'DB1,REAL1104', bit: 'DB1,X1110.3', text: 'DB1,S1120.8', array: 'DB1,INT1140.20', merker: 'MW12', output: 'QB8', input: 'IB0' };
  c.initiateConnection({ port: Number(port), host: '127.0.0.1', rack: 0, slot: 2, timeout: 4000 }, problem => {
    if (problem) { say({ problem: String(problem) }); process.exit(1); }
    c.setTranslationCB(tag => tags[tag]);
    c.addItems(Object.keys(tags));
    const values = [-1234, 2.5, true, 'pump', [...Array(20).keys()], 4711, 0x5a];
    c.writeItems(['word', 'real', 'bit', 'text', 'array', 'merker', 'output'], values, bad => {
      c.readAllItems((unread, got) => {
        say({ bad, unread, got });
        c.dropConnection(() => process.exit(0));
      });
    });
  });
}

({ snap7, nodes7 })[which]();
