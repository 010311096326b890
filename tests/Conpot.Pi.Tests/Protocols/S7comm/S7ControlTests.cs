using System.Text.Json;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.S7comm;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>STOP, starts and the other services of PLC control.</summary>
public class S7ControlTests
{
    /// <summary>From captures and public clients (facts: WIRE 3.4), with reference 0002.</summary>
    private const string Stop = "320100000002 0010 0000 290000000000 09 505f50524f4752414d",
        Warm = "320100000002 0014 0000 28 000000000000fd 0000 09 505f50524f4752414d",
        Cold = "320100000002 0016 0000 28 000000000000fd 0002 4320 09 505f50524f4752414d",
        Copy = "320100000002 0012 0000 28 000000000000fd 0002 4550 05 5f4d4f4455",
        Compress = "320100000002 0010 0000 28 000000000000fd 0000 05 5f47415242",
        Done28 = "32030000000200010000000028", Done29 = "32030000000200010000000029";

    [Fact]
    public void Stop_and_both_starts_change_the_mode_in_the_devices_time()
    {
        using var bench = new S7TransferBench();
        Assert.Equal(Done29, bench.Ask(Stop));
        Assert.Equal((OperatingMode.Stop, TimeSpan.FromMilliseconds(4)), (bench.Cpu.Mode, bench.Delay));
        Assert.Equal("s7comm.stop", Action(bench.LastEvent()));
        Assert.Equal(Done28, bench.Ask(Warm));
        Assert.Equal((OperatingMode.Run, TimeSpan.FromMilliseconds(96)), (bench.Cpu.Mode, bench.Delay));
        var warm = bench.LastEvent();
        Assert.Equal(("s7comm.start", "warm start"), (Action(warm), Field(warm, "operation")));
        bench.Ask(Stop);
        Assert.Equal(Done28, bench.Ask(Cold));
        Assert.Equal(OperatingMode.Run, bench.Cpu.Mode);
        Assert.Equal("cold start", Field(bench.LastEvent(), "operation"));
    }

    [Fact]
    public void Who_stops_a_stopped_cpu_or_starts_a_running_one_is_told()
    {
        using var bench = new S7TransferBench();
        Assert.Equal("320300000002000200008402" + "2803", bench.Ask(Warm));
        bench.Ask(Stop);
        Assert.Equal("320300000002000200008402" + "2907", bench.Ask(Stop));
        Assert.Equal("was in STOP", Field(bench.LastEvent(), "note"));
    }

    [Fact]
    public void A_fault_or_the_switch_in_stop_refuses_a_start()
    {
        using var bench = new S7TransferBench();
        bench.Cpu.SetFault();
        Assert.Equal("3203000000020002000080012802", bench.Ask(Warm));
        Assert.Equal(OperatingMode.Stop, bench.Cpu.Mode);
        Assert.Equal(0x8001, bench.LastEvent().GetProperty("conpot").GetProperty("error").GetInt32());
        bench.Cpu.ClearFault();
        bench.Cpu.Stop(ModeReason.Switch);
        Assert.Equal("3203000000020002000080012802", bench.Ask(Warm));
    }

    [Fact]
    public void Copying_and_compressing_are_done_and_recorded()
    {
        using var bench = new S7TransferBench();
        Assert.Equal(Done28, bench.Ask(Copy));
        Assert.Equal(TimeSpan.FromMilliseconds(39), bench.Delay);
        var copy = bench.LastEvent();
        Assert.Equal(("s7comm.control", "copy RAM to ROM", "_MODU"), (Action(copy), Field(copy, "operation"), Field(copy, "said")));
        Assert.Equal(Done28, bench.Ask(Compress));
        Assert.Equal("compress memory", Field(bench.LastEvent(), "operation"));
        Assert.Equal("3203000000020002000081042802", bench.Ask(Compress.Replace("47415242", "58585858", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(Stop)]
    [InlineData(Warm)]
    [InlineData(Copy)]
    [InlineData(Compress)]
    [InlineData("320100000002 001a 0000 28 000000000000fd 000a 0100 3038303030303150 05 5f44454c45")]
    public void A_protected_cpu_refuses_and_stays_as_it_is(string request)
    {
        using var bench = new S7TransferBench("s7comm.control=refuse");
        Assert.Equal(request == Stop ? "32030000000200020000d2412902" : "32030000000200020000d2412802", bench.Ask(request));
        Assert.Equal(OperatingMode.Run, bench.Cpu.Mode);
        Assert.True(bench.Blocks.TryFind(new S7BlockName(S7BlockType.OB, 1), out _));
    }

    [Fact]
    public void The_password_lifts_the_protection_for_its_connection_until_it_is_given_back()
    {
        const string geheim = "320700000001 0008 000c 0001120411450100 ff090008 32300f003338464d", back = "320700000001 0008 0004 0001120411450200 0a000000",
            level = "320700000001 0008 0008 0001120411440100 ff090004 01320004";
        using var bench = new S7TransferBench("s7comm.control=refuse", "s7comm.password=geheim");
        Assert.Equal("00020002", bench.Ask(level)[76..84]); // by parameter and in force: writing is protected
        Assert.Equal("32030000000200020000d2412902", bench.Ask(Stop));
        Assert.EndsWith("00000a000000", bench.Ask(geheim), StringComparison.Ordinal);
        Assert.Equal(Done29, bench.Ask(Stop));
        bench.Ask(back);
        Assert.Equal("32030000000200020000d2412802", bench.Ask(Warm));
        bench.Ask(geheim);
        Assert.EndsWith("d6020a000000", bench.Ask(geheim.Replace("464d", "4640", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal("32030000000200020000d2412802", bench.Ask(Warm));
        bench.Ask(geheim);
        bench.Connect();
        Assert.Equal("32030000000200020000d2412802", bench.Ask(Warm)); // another connection has to try for itself
    }

    [Fact]
    public void A_stopped_cpu_returns_to_run_when_it_is_told_to()
    {
        using var bench = new S7TransferBench("s7comm.return_to_run=10m");
        bench.Ask(Stop);
        bench.Time.Advance(TimeSpan.FromMinutes(9.9));
        Assert.Equal(OperatingMode.Stop, bench.Cpu.Mode);
        bench.Time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Equal(OperatingMode.Run, bench.Cpu.Mode);
    }

    [Fact]
    public void A_return_to_run_is_nobodys_order()
    {
        using var bench = new S7TransferBench("s7comm.return_to_run=10m");
        var reasons = new List<ModeReason>();
        bench.Cpu.ModeChanged += change => reasons.Add(change.Reason);
        bench.Ask(Stop);
        bench.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal([ModeReason.Network, ModeReason.Automatic], reasons);
    }

    [Theory]
    [InlineData("3041303030303150")] // DB1, which is memory
    [InlineData("3038303030303150")] // OB1
    [InlineData("3042303030303050")] // SDB0
    public void What_the_cpu_came_with_is_not_deleted(string name)
    {
        using var bench = new S7TransferBench();
        var count = bench.Blocks.OfType(S7BlockType.DB).Count() + bench.Blocks.OfType(S7BlockType.OB).Count() + bench.Blocks.OfType(S7BlockType.SDB).Count();
        Assert.Equal("32030000000200020000d2092802", bench.Ask($"320100000002 001a 0000 28 000000000000fd 000a 0100 {name} 05 5f44454c45"));
        Assert.Equal(count, bench.Blocks.OfType(S7BlockType.DB).Count() + bench.Blocks.OfType(S7BlockType.OB).Count() + bench.Blocks.OfType(S7BlockType.SDB).Count());
    }

    [Fact]
    public void It_stays_stopped_by_default_and_a_start_calls_the_return_off()
    {
        using var forEver = new S7TransferBench();
        forEver.Ask(Stop);
        forEver.Time.Advance(TimeSpan.FromDays(30));
        Assert.Equal(OperatingMode.Stop, forEver.Cpu.Mode);
        using var bench = new S7TransferBench("s7comm.return_to_run=10m");
        bench.Ask(Stop);
        bench.Ask(Warm);
        bench.Cpu.Stop(ModeReason.Switch);
        bench.Cpu.SwitchToTerm(); // no longer forbids a start
        bench.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(OperatingMode.Stop, bench.Cpu.Mode);
    }

    [Fact]
    public void Deleting_removes_a_block_and_a_second_time_finds_none()
    {
        const string delete = "320100000002 001a 0000 28 000000000000fd 000a 0100 3043303030303750 05 5f44454c45"; // 0C00007P
        using var bench = new S7TransferBench();
        var name = new S7BlockName(S7BlockType.FC, 7);
        Assert.True(bench.Blocks.TryAdd(new S7Block(name, new byte[60])) && bench.Blocks.TryLink(name));
        Assert.Equal(Done28, bench.Ask(delete));
        var deleted = bench.LastEvent();
        Assert.Equal(("s7comm.control", "FC7"), (Action(deleted), Field(deleted, "block")));
        Assert.Empty(bench.Blocks.OfType(S7BlockType.FC));
        Assert.Equal("32030000000200020000d2092802", bench.Ask(delete));
        Assert.Equal("32030000000200020000d2092802", bench.Ask(delete.Replace("3043", "3044", StringComparison.Ordinal))); // SFC1 is the operating system's
        Assert.Equal("32030000000200020000d2012802", bench.Ask(delete.Replace("3043", "3039", StringComparison.Ordinal)));
        Assert.Equal("32030000000200020000d2022802", bench.Ask(delete.Replace("000a 0100", "000a 0200", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("320100000002 0001 0000 29")]
    [InlineData("320100000002 0001 0000 28")]
    [InlineData("320100000002 000a 0000 28 000000000000fd ffff")]
    [InlineData("320100000002 0010 0000 290000000000 ff 505f50524f4752414d")]
    public void What_is_cut_off_is_malformed(string request)
    {
        using var bench = new S7TransferBench();
        Assert.Equal("320200000002000000008500", bench.Ask(request));
        Assert.Equal("s7comm.malformed", Action(bench.LastEvent()));
        Assert.Equal(OperatingMode.Run, bench.Cpu.Mode);
    }

    private static string? Action(JsonElement e) => e.GetProperty("event").GetProperty("action").GetString();

    private static string? Field(JsonElement e, string name) => e.GetProperty("conpot").GetProperty(name).GetString();
}
