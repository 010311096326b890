using System.Globalization;
using System.Text;
using Conpot.Pi.Plc;
using Conpot.Pi.Config;
using Conpot.Pi.Protocols.Http;
using Conpot.Pi.Protocols.S7comm;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>User data: lists that move with the CPU, the clock, blocks, passwords, and answers in parts.</summary>
public class S7UserdataTests
{
    private const int Data = 7 + 10 + 12 + 4;

    [Fact]
    public void Stopping_shows_in_the_mode_the_lamps_and_the_diagnostic_buffer()
    {
        using var bench = new S7Bench();
        var stream = bench.Talk();
        Assert.Equal("5144FF08", Hex(Szl(stream, 0x0424, 0), 8, 4));
        bench.Cpu.Stop(ModeReason.Network);
        Assert.Equal("5144FF04", Hex(Szl(stream, 0x0424, 0), 8, 4));
        Assert.Equal("000400000005010000060000", Hex(Szl(stream, 0x0074, 0), 12, 12));
        Assert.Equal("4304FF84", Hex(Szl(stream, 0x00A0, 0), 8, 4));
        bench.Cpu.Start(ModeReason.Network);
        Assert.Equal("4302FF68C7000000", Hex(Szl(stream, 0x00A0, 0), 8, 8));
        Assert.Equal("13811B64C7724304", Hex(Szl(stream, 0x01A0, 3), 28, 8));
    }

    [Theory]
    [InlineData(0x0011, 0x0001, "00110000001C0004")]
    [InlineData(0x0111, 0x0006, "01110006001C0001")]
    [InlineData(0x0F11, 0x0000, "0F110000001C0004")]
    [InlineData(0x001C, 0x0000, "001C00000022000A")]
    [InlineData(0x0131, 0x0001, "0131000100280001")]
    [InlineData(0x0232, 0x0004, "0232000400280001")]
    [InlineData(0x0F74, 0x0000, "0F74000000040004")]
    [InlineData(0x00A0, 0x0000, "00A000000014000A")]
    public void Lists_and_their_parts(int id, int index, string head)
    {
        using var bench = new S7Bench();
        Assert.Equal(head, Hex(Szl(bench.Talk(), id, index), 0, 8));
    }

    [Theory]
    [InlineData(0x0037, 0x0000, "D401")]
    [InlineData(0x0111, 0x0009, "D402")]
    [InlineData(0x0131, 0x0099, "D402")]
    public void What_is_not_there_is_an_error(int id, int index, string error)
    {
        using var bench = new S7Bench();
        var reply = bench.Talk().Send(Request(0x44, 1, Word(id, index)));
        Assert.Equal($"{error}0A000000", Convert.ToHexString(reply[27..]));
    }

    [Fact]
    public void A_large_answer_comes_in_parts_until_something_else_is_asked_for()
    {
        using var bench = new S7Bench();
        var stream = bench.Talk();
        var first = stream.Send(Request(0x44, 1, Word(0x001C, 0)));
        Assert.Equal(7 + 240, first.Length);
        Assert.Equal(1, first[26]);
        var second = stream.Send(Next);
        Assert.Equal(0, second[26]);
        Assert.Equal(first[25], second[25]);
        Assert.Equal(8 + 340, first.Length + second.Length - 2 * Data);
        Assert.Equal("D4020A000000", Convert.ToHexString(stream.Send(Next)[27..]));
        stream.Send(Request(0x44, 1, Word(0x001C, 0)));
        stream.Send(Request(0x47, 1, null));
        Assert.Equal("D4020A000000", Convert.ToHexString(stream.Send(Next)[27..]));
    }

    [Fact]
    public void Answers_are_counted()
    {
        using var bench = new S7Bench();
        var stream = bench.Talk();
        for (var i = 1; i <= 300; i++) Assert.Equal((byte)((i - 1) % 255 + 1), stream.Send(Request(0x47, 1, null))[24]);
    }

    [Fact]
    public void The_clock_is_read_set_and_goes_on()
    {
        using var bench = new S7Bench();
        var stream = bench.Talk();
        Assert.Equal("001926112208000000" + "01", Hex(stream.Send(Request(0x47, 1, null)), Data, 10)); // a Sunday
        Assert.Equal("00000A000000", Convert.ToHexString(stream.Send(Request(0x47, 2, Convert.FromHexString("00191602081451379162")))[27..]));
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("0019160208145157" + "9162", Hex(stream.Send(Request(0x47, 3, null)), Data, 10));
        Assert.Equal("DC010A000000", Convert.ToHexString(stream.Send(Request(0x47, 2, Convert.FromHexString("00191613081451379162")))[27..]));
        var set = bench.Events().First(e => e.GetProperty("event").GetProperty("action").GetString() == "s7comm.clock-set");
        Assert.Contains("set to 2016-02-08 14:51:37", set.GetProperty("conpot").GetProperty("note").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "D605", "s7comm.password")] // a CPU without protection has none
    [InlineData("s7comm.control=refuse", "D602", "s7comm.password")]
    [InlineData("s7comm.password=anders", "D602", "s7comm.password")]
    [InlineData("s7comm.password=geheim", "0000", "s7comm.password-taken")] // of its own action, or the alert of a hundred refused ones would hide it
    public void A_password_is_recorded(string setting, string error, string action)
    {
        using var bench = new S7Bench("s7-200", setting.Length > 0 ? [setting] : []);
        var plain = Encoding.ASCII.GetBytes("geheim  ");
        var sent = new byte[8];
        for (var i = 0; i < 8; i++) sent[i] = (byte)(plain[i] ^ 0x55 ^ (i < 2 ? 0 : sent[i - 2]));
        Assert.Equal($"{error}0A000000", Convert.ToHexString(bench.Talk().Send(Request(0x45, 1, sent))[27..]));
        var tried = bench.Events()[^1];
        Assert.Equal(action, tried.GetProperty("event").GetProperty("action").GetString());
        Assert.Equal("geheim", tried.GetProperty("conpot").GetProperty("said").GetString());
    }

    [Fact]
    public void A_password_that_no_client_can_send_is_a_mistake()
    {
        var errors = new ConfigErrors();
        var file = ConfigFile.Empty("bench", errors);
        file.Set("s7comm.password=longer than 8");
        using var cpu = new Cpu(new ProcessImage(), IoProgram.Empty, CpuSettings.Default, TimeProvider.System);
        _ = S7Settings.Read(file.Root.Section("s7comm"), file.Root.Section("identity"), cpu, S7Bench.Seed, lowPorts: true);
        Assert.Contains("up to 8 characters", Assert.Single(errors.InOrder).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_station_has_the_number_of_the_panels_title()
    {
        using var bench = new S7Bench();
        Assert.Equal($"PW{S7Bench.Seed.StationNumber}", Encoding.ASCII.GetString(Szl(bench.Talk(), 0x011C, 1)[10..]).TrimEnd('\0'));
        var errors = new ConfigErrors();
        var title = HttpSettings.Read(PlcProfile.Load("s7-200", errors).Root.Section("http"), bench.Cpu, S7Bench.Seed, lowPorts: true, "").Title;
        Assert.Equal($"Pumping station {S7Bench.Seed.StationNumber}", title);
        Assert.NotEqual(DeviceSeed.From("one").StationNumber, DeviceSeed.From("two").StationNumber);
    }

    [Fact]
    public void No_two_sensors_were_switched_off_and_on_alike()
    {
        using var bench = new S7Bench();
        var moment = new DateTime(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc);
        byte[] Entries(string seed)
        {
            var entries = new byte[DiagnosticBuffer.Entries * DiagnosticBuffer.EntryLength];
            new DiagnosticBuffer(bench.Cpu, DeviceSeed.From(seed), new S7Clock(bench.Time), moment).Write(entries);
            return entries;
        }
        Assert.Equal(Entries("one"), Entries("one"));
        var (one, two) = (Entries("one"), Entries("two"));
        // From the newest: RUN, its start-up (2), the supply's return, its failure, and RUN before that.
        foreach (var at in (int[])[0, 2, 4, 5]) Assert.NotEqual(one[(20 * at + 12)..(20 * at + 20)], two[(20 * at + 12)..(20 * at + 20)]);
    }

    [Fact]
    public void When_the_machines_clock_is_set_the_device_was_switched_on_as_long_ago_as_before()
    {
        using var bench = new S7Bench();
        var time = new SteppedClock(bench.Time.GetUtcNow());
        var (clock, entries) = (new S7Clock(time), new byte[DiagnosticBuffer.EntryLength]);
        var buffer = new DiagnosticBuffer(bench.Cpu, DeviceSeed.From("one"), clock, clock.Now - TimeSpan.FromHours(3));
        double Age()
        {
            buffer.Write(entries);
            Assert.True(S7Clock.TryRead(entries.AsSpan(12), out var moment));
            return (clock.Now - moment).TotalSeconds;
        }
        var before = Age();
        time.Set(time.GetUtcNow() + TimeSpan.FromDays(90)); // a Pi has found its time server
        Assert.Equal(before, Age(), 0.001);
        time.Passing.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(before + 60, Age(), 0.001);
        clock.Set(clock.Now - TimeSpan.FromDays(1)); // a visitor does this to the device itself
        Assert.Equal(before + 60 - 86400, Age(), 0.001);
    }

    [Fact]
    public void Blocks_are_listed_and_described()
    {
        using var bench = new S7Bench("s7-300-cp343");
        var stream = bench.Talk();
        var counts = stream.Send(Request(0x43, 1, null));
        Assert.Equal(Data + 28, counts.Length);
        Assert.Equal("30380001", Hex(counts, Data, 4));
        Assert.Equal("00012201", Hex(stream.Send(Request(0x43, 2, "08"u8.ToArray())), Data, 4));
        Assert.Equal("D2090A000000", Convert.ToHexString(stream.Send(Request(0x43, 3, "0800099A"u8.ToArray()))[27..]));
        var info = stream.Send(Request(0x43, 3, "0800001A"u8.ToArray()));
        Assert.Equal(Data + 78, info.Length);
        Assert.Equal("0100004A22007070", Hex(info, Data, 8));
        // A real CPU of SFB1 (dark-lbp/isf, test_s7comm.py).
        Assert.Equal("0100004A42007070" + "0109010F0001" + "0000006200000000" + "01CB69D811FC01CB69D811FC" + "0014000400000002" + "53494D4154494300" + "4945435F54430000" + "4354440000000000" + "100000000000000000000000",
            Hex(stream.Send(Request(0x43, 3, "0F00001A"u8.ToArray())), Data, 78));
    }

    [Fact]
    public void Serial_numbers_are_the_devices_own()
    {
        using var bench = new S7Bench();
        var stream = bench.Talk();
        var name = Encoding.ASCII.GetString(Szl(stream, 0x011C, 5)[10..]).TrimEnd('\0');
        Assert.Matches("^S C-[A-Z][1-9]U[0-9]{5}20[01][0-9]$", name);
        var year = 2007 + "VWXABCDEF".IndexOf(S7Bench.Seed.Serial[2], StringComparison.Ordinal);
        Assert.EndsWith(year.ToString(CultureInfo.InvariantCulture), name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2402290102030000", true)]
    [InlineData("2302290102030000", false)]
    [InlineData("2313010102030000", false)]
    [InlineData("2312312459590000", false)]
    [InlineData("231231235959A000", false)]
    public void A_date_is_a_date(string bcd, bool valid) => Assert.Equal(valid, S7Clock.TryRead(Convert.FromHexString(bcd), out _));

    private static byte[] Next => Convert.FromHexString("0300002102F080320700000900000C000400011208124401010000000000" + "0A000000")[..33];

    private static byte[] Request(byte group, byte subfunction, byte[]? data)
    {
        byte[] body = data is null ? [0x0A, 0, 0, 0] : [0xFF, 9, 0, (byte)data.Length, .. data];
        return [3, 0, 0, (byte)(25 + body.Length), 2, 0xF0, 0x80, 0x32, 7, 0, 0, 0, 1, 0, 8, 0, (byte)body.Length, 0, 1, 0x12, 4, 0x11, group, subfunction, 0, .. body];
    }

    private static byte[] Word(int id, int index) => [(byte)(id >> 8), (byte)id, (byte)(index >> 8), (byte)index];

    private static byte[] Szl(S7Bench.Stream stream, int id, int index) => stream.Send(Request(0x44, 1, Word(id, index)))[Data..];

    private static string Hex(byte[] bytes, int at, int length) => Convert.ToHexString(bytes.AsSpan(at, length));
}
