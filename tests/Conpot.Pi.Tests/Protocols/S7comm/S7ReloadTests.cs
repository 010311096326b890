using System.Net;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>A reload of the settings: what the next plan goes on with, and what ends with the old one.</summary>
public sealed class S7ReloadTests : IDisposable
{
    private const string Stop = "320100000002 0010 0000 290000000000 09 505f50524f4752414d", Begin = "320100000007 0020 0000 1a 00 0100 00000000 09 5f3043303030303750 0d 31 303030303036 303030303036";

    private readonly TempDirectory _temp = new();
    private readonly Journal _journal;
    private readonly List<SensorPlan> _plans = [];

    public S7ReloadTests() => _journal = new Journal(JournalFile.Open(new JournalSettings(_temp["journal"], 1 << 30, 1L << 31, TimeSpan.FromSeconds(5))), "bench", "00000000", Time);

    private FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("s7comm.pdu=480", "Run")] // the same blocks: the wish to start again is still there
    [InlineData("s7comm.family=s7-300", "Stop")] // other blocks, the same CPU: nobody starts it but a person
    public void A_return_to_run_goes_on_with_the_blocks_it_belongs_to(string change, string after)
    {
        var old = Plan("s7comm.return_to_run=10m");
        Ask(Converse(old), Stop);
        var next = Plan("s7comm.return_to_run=10m", change);
        Assert.Same(old.Cpu, next.Cpu);
        Retire(old, next);
        Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(after, next.Cpu.Mode.ToString());
    }

    [Fact]
    public void Another_cpu_is_not_started_for_the_one_that_went()
    {
        var old = Plan("s7comm.return_to_run=10m");
        Ask(Converse(old), Stop);
        var next = Plan("s7comm.return_to_run=10m", "plc.stop_outputs=hold");
        Assert.NotSame(old.Cpu, next.Cpu);
        Retire(old, next);
        Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(OperatingMode.Stop, old.Cpu.Mode);
    }

    [Fact]
    public void What_was_downloaded_is_on_the_disk_when_its_plan_has_gone()
    {
        var old = Plan();
        var conversation = Converse(old);
        Ask(conversation, Begin);
        Ask(conversation, "320300000001 0002 000a 0000 1b00 000600fb 70700101010c");
        Ask(conversation, "320300000002 0001 0000 0000 1c");
        Retire(old, Plan("s7comm.family=s7-300"));
        Assert.Equal("164798fa41d09f8dc78d2d318a2506569d57784553400024ee0b1f5ab600a46a.mc7", Path.GetFileName(Assert.Single(Directory.GetFiles(Path.Combine(_temp["state"], "downloads")))));
    }

    public void Dispose()
    {
        foreach (var plan in _plans) plan.Cpu.Dispose();
        _journal.Dispose();
        _temp.Dispose();
    }

    private SensorPlan Plan(params string[] overrides)
    {
        var errors = new ConfigErrors();
        var source = new ConfigSource(null, [$"state_directory={_temp["state"]}", .. overrides]);
        var plan = SensorPlan.Read(source, _plans.LastOrDefault(), Time, create: false, errors);
        Assert.Empty(errors.InOrder);
        if (_plans.LastOrDefault()?.Cpu != plan!.Cpu) plan.Cpu.PowerUp();
        _plans.Add(plan);
        return plan;
    }

    private static void Retire(SensorPlan old, SensorPlan next)
    {
        foreach (var protocol in old.Protocols) protocol.Retire(next.Protocols.First(p => p.Name == protocol.Name));
    }

    private IConversation Converse(SensorPlan plan)
    {
        var conversation = plan.Protocols.First(p => p.Name == "s7comm").TcpPorts[0].Converse();
        Send(conversation, S7Bench.Hello);
        Send(conversation, S7Bench.Setup);
        return conversation;
    }

    private void Ask(IConversation conversation, string pdu)
    {
        var bytes = S7TransferBench.Bytes(pdu);
        Send(conversation, [3, 0, (byte)((bytes.Length + 7) >> 8), (byte)(bytes.Length + 7), 2, 0xF0, 0x80, .. bytes]);
    }

    private void Send(IConversation conversation, byte[] packet)
    {
        var log = new SessionLog(_journal, new Origin("aaaaaaaaaaaa", new IPEndPoint(IPAddress.Loopback, 40000), new IPEndPoint(IPAddress.Loopback, 102), "tcp", "s7comm"));
        var step = conversation.Next(packet, new byte[conversation.LargestReply], log);
        Assert.Equal((packet.Length, (string?)null), (step.Consumed, step.Close));
        Assert.True(_journal.Commit());
    }
}
