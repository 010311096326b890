using System.Globalization;
using System.Net;
using System.Text;
using Conpot.Pi.Events;

namespace Conpot.Pi.Tests.Cli.Report;

/// <summary>Events as the journal writes them, for report and capture.</summary>
internal static class EventLines
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public delegate void Details(ref JsonLine line);

    /// <param name="source">"" for what the sensor tells without one.</param>
    public static EventRecord Make(EventKind kind, Details? details = null, string source = "192.0.2.7:40000", string session = "abcdefghijkl", double seconds = 0,
        bool failed = false, string destination = "192.0.2.1:502", string transport = "tcp", string protocol = "modbus", string sensor = "pump-3")
    {
        var origin = source.Length == 0 ? null : new Origin(session, IPEndPoint.Parse(source), IPEndPoint.Parse(destination), transport, protocol);
        var line = new JsonLine(new byte[16384]);
        var time = Noon.AddSeconds(seconds);
        line.Time("@timestamp"u8, Encoding.ASCII.GetBytes(time.ToString("yyyy-MM-ddTHH:mm:ss.", CultureInfo.InvariantCulture)), (int)(time.Ticks % TimeSpan.TicksPerSecond / 10));
        line.Open("event"u8);
        line.Members(kind.EventFields);
        if (failed) line.Word("outcome"u8, "failure"u8);
        line.Close();
        if (origin is not null) line.Members(origin.Fields);
        line.Open("observer"u8);
        line.Text("name"u8, sensor);
        line.Close();
        line.Raw(kind.ThreatField);
        line.Open("conpot"u8);
        if (origin is not null) line.Members(origin.SessionField);
        details?.Invoke(ref line);
        line.Close();
        var length = line.Finish();
        return EventRecord.Parse(line.Bytes[..(length - 1)]) ?? throw new InvalidOperationException(Encoding.ASCII.GetString(line.Bytes));
    }

    public static EventRecord Write(int seconds = 0, string source = "192.0.2.7:40000", bool failed = false, string session = "abcdefghijkl") => Make(EventCatalog.ModbusWrite, (ref JsonLine line) =>
    {
        line.Word("range"u8, "VW0"u8);
        if (failed) return;
        line.Words("before"u8, [0, 146]);
        line.Words("after"u8, [0, 77]);
    }, source, session, seconds, failed);

    public static EventRecord Read(int seconds = 0, string source = "192.0.2.7:40000", string session = "abcdefghijkl") =>
        Make(EventCatalog.ModbusRead, (ref JsonLine line) => line.Word("range"u8, "VW0..VW18"u8), source, session, seconds);
}
