using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

public sealed class FileSinkTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Path => _directory["out/events.json"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Classic_lines_have_Conpots_fields_in_their_order_and_its_words()
    {
        await Send("conpot", SyslogEvents.Sensor, SyslogEvents.Start, SyslogEvents.Read, SyslogEvents.Snmp, SyslogEvents.End);
        var lines = File.ReadAllLines(Path);
        Assert.Equal(
            [
                """{"timestamp":"2026-11-22T22:03:29.500000","sensorid":"pump-house","id":"ttblkfl26rlk","src_ip":"10.0.0.5","src_port":35228,"dst_ip":"10.0.0.20","dst_port":502,"public_ip":null,"data_type":"modbus","request":null,"response":null,"event_type":"NEW_CONNECTION"}""",
                """{"timestamp":"2026-11-22T22:03:30.000203","sensorid":"pump-house","id":"ttblkfl26rlk","src_ip":"10.0.0.5","src_port":35228,"dst_ip":"10.0.0.20","dst_port":502,"public_ip":null,"data_type":"modbus","request":"000100000006010400000006","response":"000100000003018402","event_type":null}""",
                """{"timestamp":"2026-11-22T22:04:00.000000","sensorid":"pump-house","id":"s2","src_ip":"fd00::5","src_port":4000,"dst_ip":"fd00::1","dst_port":161,"public_ip":null,"data_type":"snmp","request":"3000","response":null,"event_type":"SNMPv2 GetNext"}""",
            ],
            lines[..3]);
        Assert.Equal("CONNECTION_LOST", JsonElement.Parse(lines[3]).GetProperty("event_type").GetString());
        Assert.Equal(4, lines.Length);
    }

    [Fact]
    public async Task Version_1_tells_session_and_event_time_apart_and_leaves_out_what_is_not()
    {
        await Send("conpot-1", SyslogEvents.Start, SyslogEvents.Read);
        var lines = File.ReadAllLines(Path).Select(l => JsonElement.Parse(l)).ToList();
        Assert.Equal(
            ["schema_version", "sensorid", "template", "conpot_version", "session_id", "protocol", "session_time", "event_time", "src_ip", "src_port", "dst_ip", "dst_port", "public_ip", "event_type", "data"],
            lines[0].EnumerateObject().Select(m => m.Name));
        Assert.Equal("2026-11-22T22:03:29.500000+00:00", lines[1].GetProperty("session_time").GetString());
        Assert.Equal("2026-11-22T22:03:30.000203+00:00", lines[1].GetProperty("event_time").GetString());
        Assert.Equal("000100000006010400000006", lines[1].GetProperty("request").GetString());
        Assert.Equal(4, lines[1].GetProperty("data").GetProperty("function").GetInt32());
    }

    [Theory]
    [InlineData("conpot")]
    [InlineData("conpot-1")]
    [InlineData("ecs")]
    [InlineData("json")]
    public void Hostile_text_leaves_one_line_for_one_event(string format) => SyslogEvents.Any.Where(ConpotLine.Has).Array[1, 5].Sample(events =>
    {
        var path = _directory[Guid.NewGuid().ToString()]; // samples run side by side
        SyslogSheet.Sink(FileSink.Create, "file", $"path = \"{path}\"\nformat = \"{format}\"", _directory.Path).Send(events, CancellationToken.None).GetAwaiter().GetResult();
        var bytes = File.ReadAllBytes(path);
        Assert.DoesNotContain(bytes, b => b is < 0x20 and not (byte)'\n' or > 0x7E);
        var lines = Encoding.ASCII.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(events.Length, lines.Length);
        Assert.All(lines, l => Assert.Equal(JsonValueKind.Object, JsonElement.Parse(l).ValueKind));
        if (format.StartsWith("conpot", StringComparison.Ordinal)) Assert.Equal(events.Select(e => e.SourceIp), lines.Select(l => JsonElement.Parse(l).GetProperty("src_ip").GetString()));
    }, iter: 50);

    [Fact]
    public async Task Rotation_keeps_as_many_as_it_may_and_loses_none_of_those()
    {
        var sink = Sink("format = \"json\"\nsize = \"64KiB\"\nkeep = 2");
        for (var n = 0; n < 300; n++) await sink.Send([SyslogEvents.Numbered(n)], CancellationToken.None);
        Assert.Equal(["events.json", "events.json.1", "events.json.2"], Directory.GetFiles(_directory["out"]).Select(f => System.IO.Path.GetFileName(f)!).Order());
        Assert.All(Directory.GetFiles(_directory["out"]), f => Assert.InRange(new FileInfo(f).Length, 1, 65536));
        var ids = new[] { ".2", ".1", "" }.SelectMany(n => File.ReadLines(Path + n)).Select(l => JsonElement.Parse(l).GetProperty("event").GetProperty("sequence").GetInt32()).ToList();
        Assert.Equal(Enumerable.Range(ids[0], 300 - ids[0]), ids);
    }

    [Fact]
    public async Task What_another_hand_renamed_deleted_or_tore_is_no_trouble()
    {
        var sink = Sink("format = \"json\"");
        await sink.Send([SyslogEvents.Numbered(1)], CancellationToken.None);
        File.Move(Path, Path + ".old");
        await sink.Send([SyslogEvents.Numbered(2)], CancellationToken.None);
        Assert.Single(File.ReadAllLines(Path));
        File.AppendAllText(Path, "{\"half");
        await sink.Send([SyslogEvents.Numbered(3)], CancellationToken.None);
        var lines = File.ReadAllLines(Path);
        Assert.Equal("{\"half", lines[1]);
        Assert.Equal(3, JsonElement.Parse(lines[2]).GetProperty("event").GetProperty("sequence").GetInt32());
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_says_what_to_do()
    {
        File.WriteAllText(_directory["out"], "");
        var e = await Assert.ThrowsAsync<SinkException>(() => Sink("").Send([SyslogEvents.Read], CancellationToken.None));
        Assert.Contains("set [file] path", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_relative_path_is_a_mistake()
    {
        var (_, sheet) = SyslogSheet.Build(FileSink.Create, "file", "path = \"events.json\"", _directory.Path);
        Assert.Contains("write an absolute path", sheet.Message, StringComparison.Ordinal);
    }

    private ISink Sink(string settings) => SyslogSheet.Sink(FileSink.Create, "file", $"path = \"{Path}\"\n{settings}", _directory.Path);

    private Task<string> Send(string format, params EventRecord[] events) => Sink($"format = \"{format}\"").Send(events, CancellationToken.None);
}
