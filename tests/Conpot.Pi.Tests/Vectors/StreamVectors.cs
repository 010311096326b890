using System.Text.Json;
using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Protocols;
using Xunit;

namespace Conpot.Pi.Tests.Vectors;

/// <summary>Replays the .wire vectors of a protocol over a stream: whole, split at every byte, and byte by byte.</summary>
internal static class StreamVectors
{
    public static void Replay(string protocol, string file, Func<WireVector, StreamBench> benchFor)
    {
        var vector = WireVector.LoadAll(protocol).Single(v => v.File == file);
        using var bench = benchFor(vector);
        foreach (var wire in vector.Cases)
        {
            var longest = wire.Exchanges.Count == 0 ? 0 : wire.Exchanges.Max(e => e.Sent.Length);
            Replay(bench, wire, sent => [sent], "whole", checkEvents: true);
            Replay(bench, wire, sent => [.. sent.Select(b => new[] { b })], "byte by byte", checkEvents: true);
            for (var at = 1; at < longest; at++)
                Replay(bench, wire, sent => at < sent.Length ? [sent[..at], sent[at..]] : [sent], $"split at {at}", checkEvents: false);
        }
    }

    private static void Replay(StreamBench bench, WireCase wire, Func<byte[], IEnumerable<byte[]>> cut, string way, bool checkEvents)
    {
        bench.PowerOn();
        foreach (var preset in wire.Presets) bench.Image.Write(Parse(preset.Address), unchecked((uint)preset.Value));
        if (wire.Mode == "STOP") bench.Cpu.Stop(ModeReason.Switch);
        var stream = bench.Connect();
        foreach (var exchange in wire.Exchanges)
        {
            var replies = new List<byte>();
            foreach (var piece in cut(exchange.Sent)) replies.AddRange(stream.Send(piece));
            var place = $"{wire.File}:{exchange.Line} ({way})";
            Assert.True(exchange.Expected.AsSpan().SequenceEqual(replies.ToArray()), $"{place}: expected {Convert.ToHexString(exchange.Expected)}, got {Convert.ToHexString([.. replies])}");
            Assert.True(exchange.Closes == stream.Closed, $"{place}: {(exchange.Closes ? "should close" : "should not close")}");
        }
        foreach (var expected in wire.Expectations)
        {
            var address = Parse(expected.Address);
            var mask = address.Width switch { Width.Bit => 1u, Width.Byte => 0xFFu, Width.Word => 0xFFFFu, _ => uint.MaxValue };
            Assert.True((unchecked((uint)expected.Value) & mask) == bench.Image.Read(address), $"{wire.File}:{expected.Line} ({way}): {address} is {bench.Image.Read(address)}");
        }
        var events = bench.Events();
        if (checkEvents && wire.Events.Count > 0) Compare(wire, events, way);
    }

    private static void Compare(WireCase wire, List<JsonElement> events, string way)
    {
        var actions = string.Join(", ", events.Select(Action));
        Assert.True(wire.Events.Count == events.Count, $"{wire} ({way}): {wire.Events.Count} events expected, got {events.Count}: {actions}");
        foreach (var (expected, got) in wire.Events.Zip(events))
        {
            Assert.True(expected.Action == Action(got), $"{wire.File}:{expected.Line} ({way}): expected {expected.Action}, got {Action(got)}");
            foreach (var (name, value) in expected.Fields)
            {
                var text = got.GetProperty("conpot").TryGetProperty(name, out var field) ? field.ValueKind == JsonValueKind.String ? field.GetString() : field.GetRawText() : "(none)";
                Assert.True(value == text, $"{wire.File}:{expected.Line} ({way}): {name} expected {value}, got {text}");
            }
        }
    }

    private static string? Action(JsonElement e) => e.GetProperty("event").GetProperty("action").GetString();

    private static Address Parse(string text)
    {
        Assert.True(Address.TryParse(text, out var address, out var problem), problem);
        return address;
    }
}
