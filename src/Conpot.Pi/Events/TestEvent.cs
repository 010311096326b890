using System.Globalization;
using System.Text;

namespace Conpot.Pi.Events;

/// <summary>The event that test-alert sends: marked as what it is, of the weight of an alert, and in no journal.</summary>
internal static class TestEvent
{
    /// <param name="sensor">As in observer.name.</param>
    public static EventRecord Make(string sensor, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var line = new JsonLine(new byte[2048]);
        line.Time("@timestamp"u8, Encoding.ASCII.GetBytes(now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.", CultureInfo.InvariantCulture)), (int)(now.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
        line.Open("event"u8);
        line.Number("sequence"u8, 0);
        line.Numbered("id"u8, "test-"u8, now.Ticks);
        line.Members(EventCatalog.SensorTest.EventFields);
        line.Close();
        line.Open("observer"u8);
        line.Text("name"u8, sensor, 64);
        line.Close();
        line.Open("conpot"u8);
        line.Text("message"u8, "This is a test: somebody typed conpot-pi test-alert. Nothing has happened.");
        var length = line.Finish();
        return EventRecord.Parse(line.Bytes[..(length - 1)]) ?? throw new InvalidOperationException("the test event is no event");
    }
}
