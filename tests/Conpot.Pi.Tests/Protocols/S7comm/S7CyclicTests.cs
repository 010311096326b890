using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.S7comm;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>Cyclic data: what is subscribed to comes again and again, within the CPU's bounds.</summary>
public class S7CyclicTests
{
    /// <summary>Answer and push, from the parameter on.</summary>
    private const string Answered = "0001120812820101000000" + "00", Pushed = "0001120812020101000000" + "00";

    /// <summary>DB1.DBW1000: VW1000 of the profile s7-200.</summary>
    private const string Vw1000 = "120A1004000100018400 1F40";

    [Fact]
    public void Values_come_with_the_answer_and_then_in_every_period()
    {
        using var bench = new S7Bench();
        var stream = bench.Talk();
        Set(bench, 0x1234);
        Assert.Equal(Answered + "FF0900080001FF0400101234", Parameter(stream.Send(Request(1, 1, 2, Vw1000))));
        Assert.Empty(bench.Push());
        bench.Time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Empty(bench.Push());
        Set(bench, 0x0063);
        bench.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(Pushed + "FF0900080001FF0400100063", Parameter(bench.Push()));
        Assert.Empty(bench.Push());
        bench.Time.Advance(TimeSpan.FromSeconds(30)); // held up: what was missed is left out
        Assert.NotEmpty(bench.Push());
        Assert.Empty(bench.Push());
    }

    [Fact]
    public void Changes_only_means_changes_only()
    {
        using var bench = new S7Bench();
        bench.Talk().Send(Request(5, 0, 1, Vw1000));
        for (var i = 0; i < 10; i++)
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.Empty(bench.Push());
        }
        Set(bench, 7);
        bench.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("000112081202050100000000FF0900080001FF0400100007", Parameter(bench.Push()));
    }

    [Fact]
    public void A_job_ends_when_it_is_ended_and_is_unknown_then()
    {
        using var bench = new S7Bench();
        var stream = bench.Talk();
        stream.Send(Request(1, 0, 1, Vw1000));
        stream.Send(Request(1, 0, 3, Vw1000));
        Assert.Equal("00000A000000", Tail(stream.Send(Unsubscribe(1))));
        bench.Time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Empty(bench.Push());
        bench.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(2, bench.Push()[24]);
        Assert.Equal("D8020A000000", Tail(stream.Send(Unsubscribe(1))));
        Assert.Equal("00000A000000", Tail(stream.Send(Unsubscribe(0))));
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(bench.Push());
    }

    [Theory]
    [InlineData(1, 3, 1, Vw1000, "D804")] // no such time base
    [InlineData(1, 0, 0, Vw1000, "D804")]
    [InlineData(1, 0, 1, "120A1002000200638400 0000", "D801")] // no such block
    [InlineData(1, 0, 1, "120A10020002000184", "8500")]
    [InlineData(1, 0, 1, "120A1002010000018400 0000", "8500")] // 256 bytes in a PDU of 240
    [InlineData(7, 0, 1, Vw1000, "8104")]
    public void What_cannot_be_is_refused(byte subfunction, byte timeBase, byte factor, string item, string error)
    {
        using var bench = new S7Bench();
        Assert.Equal(error + "0A000000", Tail(bench.Talk().Send(Request(subfunction, timeBase, factor, item))));
        bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(bench.Push());
    }

    [Fact]
    public void Parts_of_a_PDU_without_an_end_are_an_event_when_the_connection_ends()
    {
        // Found by fuzzing: bytes taken off the stream that no event showed.
        using var bench = new S7Bench();
        bench.Talk().Send(Convert.FromHexString("0300000E02F00032010000000100" + "0300000802F0000E"));
        _ = bench.Events();
        bench.Hang();
        var conpot = Assert.Single(bench.Events()).GetProperty("conpot");
        Assert.Equal("parts of a PDU without an end", conpot.GetProperty("problem").GetString());
        Assert.Equal("320100000001000E", conpot.GetProperty("request").GetString());
    }

    [Fact]
    public void The_CPU_has_sixteen_jobs_over_all_connections_and_gets_them_back()
    {
        using var bench = new S7Bench();
        var first = bench.Talk();
        for (var i = 0; i < S7Subscriptions.Most; i++) Assert.Equal(i + 1, first.Send(Request(1, 2, 255, Vw1000))[24]);
        Assert.Equal("D8050A000000", Tail(first.Send(Request(1, 2, 255, Vw1000))));
        bench.Hang();
        Assert.StartsWith(Answered, Parameter(bench.Talk().Send(Request(1, 2, 255, Vw1000))), StringComparison.Ordinal);
    }

    [Fact]
    public void Pushes_are_recorded_once_then_as_a_number_each_minute_and_at_the_end()
    {
        using var bench = new S7Bench();
        bench.Talk().Send(Request(1, 0, 1, Vw1000));
        for (var i = 0; i < 1300; i++)
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.NotEmpty(bench.Push());
        }
        bench.Hang();
        var notes = bench.Events().Where(e => e.GetProperty("event").GetProperty("action").GetString() == "s7comm.subscribe").Select(e => e.GetProperty("conpot").GetProperty("note").GetString()).ToList();
        Assert.Equal(
            ["job 1, every 0.1 s", "job 1, 1 times since this was last recorded", "job 1, 600 times since this was last recorded", "job 1, 600 times since this was last recorded", "1 jobs with their connection, values sent 1300 times"],
            notes);
    }

    [Fact]
    public void A_connection_with_jobs_and_a_download_leaves_an_event_of_each()
    {
        using var bench = new S7Bench();
        var stream = bench.Talk();
        stream.Send(Request(1, 0, 1, Vw1000));
        stream.Send(Convert.FromHexString("0300003102F080320100000002002000001A00010000000000095F30433030303037500D31303030303036303030303036"));
        stream.Send(Convert.FromHexString("0300001D02F080320300000001000200080000" + "1B01000400FB70700101"));
        bench.Hang();
        var ended = bench.Events()[^2..];
        Assert.Equal(["s7comm.subscribe", "s7comm.download"], ended.Select(e => e.GetProperty("event").GetProperty("action").GetString()));
        Assert.Equal(["cyclic data ended", "download given up"], ended.Select(e => e.GetProperty("conpot").GetProperty("operation").GetString()));
    }

    [Fact]
    public void Parts_of_a_PDU_that_never_end_are_recorded()
    {
        using var bench = new S7Bench();
        bench.Talk().Send(Convert.FromHexString("0300000902F0003201" + "0300000902F0000000"));
        bench.Hang();
        var ended = bench.Events()[^1];
        Assert.Equal("s7comm.malformed", ended.GetProperty("event").GetProperty("action").GetString());
        Assert.Equal("32010000", ended.GetProperty("conpot").GetProperty("request").GetString(), ignoreCase: true);
    }

    private static void Set(S7Bench bench, uint value)
    {
        Assert.True(Address.TryParse("VW1000", out var address, out _));
        bench.Image.Write(address, value);
    }

    private static string Parameter(byte[] reply) => Convert.ToHexString(reply[17..]);

    private static string Tail(byte[] reply) => Convert.ToHexString(reply[27..]);

    private static byte[] Request(byte subfunction, byte timeBase, byte factor, string item)
    {
        var specification = Convert.FromHexString(item.Replace(" ", "", StringComparison.Ordinal));
        return Userdata(subfunction, [0, 1, timeBase, factor, .. specification]);
    }

    private static byte[] Unsubscribe(byte job) => Userdata(4, [5, job]);

    private static byte[] Userdata(byte subfunction, byte[] data) =>
        [3, 0, 0, (byte)(29 + data.Length), 2, 0xF0, 0x80, 0x32, 7, 0, 0, 0, 1, 0, 8, 0, (byte)(4 + data.Length), 0, 1, 0x12, 4, 0x11, 0x42, subfunction, 0, 0xFF, 9, 0, (byte)data.Length, .. data];
}
