using System.Text.Json;
using Conpot.Pi.Protocols.Snmp;
using Conpot.Pi.Tests.Vectors;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>Every .wire vector against the engine and the bench's small table; each exchange is one datagram.</summary>
public class SnmpVectorTests
{
    public static TheoryData<string> Files => [.. WireVector.LoadAll("snmp").Select(v => v.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Vectors_are_answered_as_the_specification_and_the_device_say(string file)
    {
        var vector = WireVector.LoadAll("snmp").Single(v => v.File == file);
        Assert.Empty(vector.Settings); // the bench reads no configuration
        foreach (var wire in vector.Cases)
        {
            using var bench = new SnmpBench(new SnmpSettings { V2c = vector.Profile != "s7-300-cp343" });
            foreach (var exchange in wire.Exchanges)
            {
                var reply = bench.Send(exchange.Sent);
                Assert.True(exchange.Expected.AsSpan().SequenceEqual(reply), $"{wire.File}:{exchange.Line}: expected {Convert.ToHexString(exchange.Expected)}, got {Convert.ToHexString(reply)}");
            }
            if (wire.Events.Count > 0) Compare(wire, bench.Events());
        }
    }

    private static void Compare(WireCase wire, List<JsonElement> events)
    {
        Assert.True(wire.Events.Count == events.Count, $"{wire}: {wire.Events.Count} events expected, got {events.Count}");
        foreach (var (expected, got) in wire.Events.Zip(events))
        {
            Assert.True(expected.Action == got.GetProperty("event").GetProperty("action").GetString(), $"{wire.File}:{expected.Line}: expected {expected.Action}, got {got}");
            foreach (var (name, value) in expected.Fields)
            {
                var text = got.GetProperty("conpot").TryGetProperty(name, out var field) ? field.ValueKind == JsonValueKind.String ? field.GetString() : field.GetRawText() : "(none)";
                Assert.True(value == text, $"{wire.File}:{expected.Line}: {name} expected {value}, got {text}");
            }
        }
    }
}
