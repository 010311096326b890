using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.S7comm;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>The message service: what is told unasked when the CPU's mode changes.</summary>
public class S7MessageTests
{
    private const string ModePush = "0001120812000000000000000A000000", DiagnosticPush = "00011208120403000000 0000FF090014";

    [Fact]
    public void Who_wants_changes_of_mode_hears_of_each_and_nobody_else_does()
    {
        using var bench = new S7Bench();
        Subscribe(bench, 1);
        Assert.Empty(bench.Push());
        bench.Cpu.Stop(ModeReason.Network);
        bench.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(Mode(0), Convert.ToHexString(bench.Push()));
        Assert.Empty(bench.Push());
        bench.Cpu.Start(ModeReason.Network);
        bench.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(Mode(1), Convert.ToHexString(bench.Push())); // warm restart
        Assert.Empty(bench.Push()); // the entry of the request itself is no mode
        Assert.Equal(Mode(2), Convert.ToHexString(bench.Push()));
        Assert.Empty(bench.Push());
        Assert.Equal(3, bench.Events().Count(e => e.GetProperty("conpot").TryGetProperty("operation", out var operation) && operation.GetString() == "message sent"));
        bench.Connect();
        bench.Cpu.Stop(ModeReason.Network);
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(bench.Push());
    }

    [Fact]
    public void Diagnostics_are_the_entries_of_the_buffer()
    {
        using var bench = new S7Bench();
        var stream = Subscribe(bench, 2);
        bench.Cpu.Stop(ModeReason.Network);
        bench.Time.Advance(TimeSpan.FromMilliseconds(100));
        var said = Convert.ToHexString(bench.Push());
        Assert.StartsWith("0300003502F080" + "32070000000000" + "0C0018" + DiagnosticPush.Replace(" ", "", StringComparison.Ordinal) + "4304FF84", said, StringComparison.Ordinal);
        var list = Convert.ToHexString(stream.Send(Convert.FromHexString("0300002102F080320700000002000800080001120411440100FF090004" + "01A00001")));
        Assert.Equal(said[^40..], list[^40..]);
    }

    [Fact]
    public void Who_was_away_for_long_hears_of_what_is_still_known()
    {
        using var bench = new S7Bench();
        Subscribe(bench, 2);
        for (var i = 0; i < 10; i++)
        {
            bench.Cpu.Stop(ModeReason.Network);
            bench.Cpu.Start(ModeReason.Network);
        }
        bench.Time.Advance(TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < DiagnosticBuffer.Entries; i++) Assert.NotEmpty(bench.Push());
        Assert.Empty(bench.Push());
    }

    [Fact]
    public void Who_has_enough_hears_nothing()
    {
        using var bench = new S7Bench();
        var stream = Subscribe(bench, 3);
        stream.Send(Request(0));
        bench.Cpu.Stop(ModeReason.Network);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(bench.Push());
    }

    private static S7Bench.Stream Subscribe(S7Bench bench, byte events)
    {
        var stream = bench.Talk();
        Assert.EndsWith("000112081284" + "02FF00000000" + "FF0900020200", Convert.ToHexString(stream.Send(Request(events))), StringComparison.Ordinal);
        return stream;
    }

    private static byte[] Request(byte events) => Convert.FromHexString($"0300002702F0803207000000050008000E0001120411440200FF09000A{events:X2}005553455231000000");

    private static string Mode(byte mode) => "0300002102F080" + "32070000000000" + "0C0004" + ModePush[..12] + mode.ToString("X2", System.Globalization.CultureInfo.InvariantCulture) + ModePush[14..];
}
