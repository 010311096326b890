using System.Net;
using BenchmarkDotNet.Attributes;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Conpot.Pi.Net;

namespace Conpot.Pi.Benchmarks.Codecs;

/// <summary>One request to its reply and its event in the journal's buffer, of every protocol, without a socket; the default profile, its process running.</summary>
/// <remarks>A commit once in some two hundred requests is in it: there is no room for more.</remarks>
[MemoryDiagnoser]
public class RequestBenchmarks
{
    private readonly byte[] _modbusRead = Convert.FromHexString("000100000006010303E8000A");
    private readonly byte[] _modbusWrite = Convert.FromHexString("00010000000B011003E800020401020304");
    private readonly byte[] _s7Read = Convert.FromHexString("0300001F02F080320100000001000E00000401120A10020014000184001F40");
    private readonly byte[] _s7Write = Convert.FromHexString("0300002502F080320100000003000E00060501120A10020002000184001F40000400100063");
    private readonly byte[] _s7List = Convert.FromHexString("0300002102F080320700000001000800080001120411440100FF09000400110001");
    private readonly byte[] _s7LongList = Convert.FromHexString("0300002102F080320700000001000800080001120411440100FF090004001C0000");
    private readonly byte[] _snmpGet = Convert.FromHexString("302902010104067075626C6963A01C02040000000102010002010030" + "0E300C06082B060102010103000500");
    private readonly byte[] _snmpNext = Convert.FromHexString("302602010104067075626C6963A11902040000000102010002010030" + "0B300906052B060102020500");
    private readonly byte[] _reply = new byte[4096];
    private string _directory = "";
    private Journal _journal = null!;
    private SensorPlan _plan = null!;
    private (IConversation Conversation, SessionLog Log) _modbus, _s7;
    private (IDatagramConversation Conversation, SessionLog Log) _snmp;

    [GlobalSetup]
    public void PowerOn()
    {
        _directory = Path.Combine(Path.GetTempPath(), "conpot-pi-" + Guid.NewGuid().ToString("N"));
        _journal = new Journal(JournalFile.Open(new JournalSettings(_directory, 8 << 20, 64 << 20, TimeSpan.FromSeconds(5))), "benchmark", "00000000", TimeProvider.System);
        _plan = SensorPlan.Read(new ConfigSource(null, [$"state_directory={_directory}"]), null, TimeProvider.System, create: false, new ConfigErrors())!;
        _plan.Cpu.PowerUp();
        _modbus = (_plan.Protocols.Single(p => p.Name == "modbus").TcpPorts[0].Converse(), LogOf("tcp", "modbus"));
        _s7 = (_plan.Protocols.Single(p => p.Name == "s7comm").TcpPorts[0].Converse(), LogOf("tcp", "s7comm"));
        _snmp = (_plan.Protocols.Single(p => p.Name == "snmp").UdpPorts[0].Conversation, LogOf("udp", "snmp"));
        _ = Ask(_s7, Convert.FromHexString("0300001611E00000000400C1020100C2020102C0010A"));
        _ = Ask(_s7, Convert.FromHexString("0300001902F08032010000000000080000F0000001000101E0"));
    }

    [GlobalCleanup]
    public void PowerOff()
    {
        _plan.Cpu.Dispose();
        foreach (var protocol in _plan.Protocols) protocol.Retire(successor: null);
        _journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(Baseline = true)]
    public int Modbus_reads_ten_registers() => Ask(_modbus, _modbusRead);

    [Benchmark]
    public int Modbus_writes_two_registers() => Ask(_modbus, _modbusWrite);

    [Benchmark]
    public int S7comm_reads_twenty_bytes() => Ask(_s7, _s7Read);

    [Benchmark]
    public int S7comm_writes_a_word() => Ask(_s7, _s7Write);

    [Benchmark]
    public int S7comm_reads_a_list_of_one_record() => Ask(_s7, _s7List);

    [Benchmark]
    public int S7comm_reads_a_list_in_parts() => Ask(_s7, _s7LongList);

    [Benchmark]
    public int Snmp_gets_sysUpTime() => Ask(_snmp, _snmpGet);

    [Benchmark]
    public int Snmp_gets_the_next_of_the_interfaces() => Ask(_snmp, _snmpNext);

    private SessionLog LogOf(string transport, string protocol) =>
        new(_journal, new Origin("aaaaaaaaaaaa", new IPEndPoint(IPAddress.Loopback, 40000), new IPEndPoint(IPAddress.Loopback, 502), transport, protocol));

    private int Ask((IConversation Conversation, SessionLog Log) visitor, byte[] request)
    {
        if (_journal.NearlyFull) _ = _journal.Commit();
        return Answered(visitor.Conversation.Next(request, _reply, visitor.Log).Reply);
    }

    private int Ask((IDatagramConversation Conversation, SessionLog Log) visitor, byte[] request)
    {
        if (_journal.NearlyFull) _ = _journal.Commit();
        return Answered(visitor.Conversation.Answer(request, _reply, visitor.Log));
    }

    private static int Answered(int length) => length > 0 ? length : throw new InvalidOperationException("no reply: the request is not what it should be");
}
