using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Conpot.Pi.Events.Sinks;

/// <summary>An event as Conpot writes it, so that T-Pot's and other pipelines take this sensor for one of theirs.</summary>
/// <remarks>
/// Names and order of fields from mushorg/conpot: json_log.py (classic), the schema of pull request 628 (schema_version 1), and the
/// payload of attack_session.py (hpfeeds). Only what a visitor did has a place there; the sensor's own affairs have none.
/// </remarks>
internal sealed class ConpotLine(string sensor, string device, string? publicIp)
{
    private readonly SessionStarts _starts = new();

    /// <summary>Whether the event is one that Conpot would have.</summary>
    public static bool Has(EventRecord e) => e.SourceIp.Length > 0;

    /// <summary>The classic line: the time without a zone is UTC, as there; but the event's own, where Conpot repeats its session's.</summary>
    public byte[] Classic(EventRecord e) => Write(json =>
    {
        json.WriteString("timestamp"u8, Naive(e.Time));
        json.WriteString("sensorid"u8, sensor);
        json.WriteString("id"u8, e.Session);
        Endpoints(json, e);
        json.WriteString("public_ip"u8, publicIp);
        json.WriteString("data_type"u8, e.Protocol);
        json.WriteString("request"u8, Hex(e.Request));
        json.WriteString("response"u8, Hex(e.Response));
        json.WriteString("event_type"u8, Type(e));
    });

    /// <summary>schema_version 1: request and response are left out where there are none.</summary>
    public byte[] Version1(EventRecord e)
    {
        var start = _starts.Of(e);
        return Write(json =>
        {
            json.WriteNumber("schema_version"u8, 1);
            json.WriteString("sensorid"u8, sensor);
            json.WriteString("template"u8, device);
            json.WriteString("conpot_version"u8, $"{SinkProduct.Name} {SinkProduct.Version}");
            json.WriteString("session_id"u8, e.Session);
            json.WriteString("protocol"u8, e.Protocol);
            json.WriteString("session_time"u8, Zoned(start));
            json.WriteString("event_time"u8, Zoned(e.Time));
            Endpoints(json, e);
            json.WriteString("public_ip"u8, publicIp);
            json.WriteString("event_type"u8, Type(e));
            if (Hex(e.Request) is { } request) json.WriteString("request"u8, request);
            if (Hex(e.Response) is { } response) json.WriteString("response"u8, response);
            json.WriteStartObject("data"u8);
            json.WriteString("event_id"u8, e.Id);
            foreach (var detail in e.Details)
                if (detail.Name is not ("request" or "response" or "session" or "event_id")) detail.WriteTo(json);
            json.WriteEndObject();
        });
    }

    /// <summary>What goes to conpot.events over hpfeeds: data holds the event under the milliseconds since its session began.</summary>
    public byte[] Payload(EventRecord e)
    {
        var start = _starts.Of(e);
        return Write(json =>
        {
            json.WriteString("id"u8, e.Session);
            Pair(json, "remote", e.SourceIp, e.SourcePort);
            json.WriteString("src_ip"u8, e.SourceIp);
            json.WriteNumber("src_port"u8, e.SourcePort);
            Pair(json, "local", e.DestinationIp, e.DestinationPort);
            json.WriteString("dst_ip"u8, e.DestinationIp);
            json.WriteNumber("dst_port"u8, e.DestinationPort);
            json.WriteString("data_type"u8, e.Protocol);
            json.WriteString("timestamp"u8, Naive(start));
            json.WriteString("public_ip"u8, publicIp);
            json.WriteString("sensorid"u8, sensor);
            json.WriteStartObject("data"u8);
            json.WriteStartObject(((long)(e.Time - start).TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
            json.WriteString("type"u8, Type(e));
            json.WriteString("event_id"u8, e.Id);
            if (Hex(e.Request) is { } request) json.WriteString("request"u8, request);
            if (Hex(e.Response) is { } response) json.WriteString("response"u8, response);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>Conpot's own words where it has one; a Modbus exchange has none there; what Conpot does not know keeps our name.</summary>
    internal static string? Type(EventRecord e) => e.Action switch
    {
        "session.start" => "NEW_CONNECTION",
        "session.end" => e.Text("conpot", "reason").StartsWith("closed by client", StringComparison.Ordinal) ? "CONNECTION_LOST" : "CONNECTION_TERMINATED",
        _ when e.Protocol == "snmp" && e.Text("conpot", "operation").Length > 0 => $"SNMPv{e.Text("conpot", "version").TrimEnd('c')} {Operation(e.Text("conpot", "operation"))}",
        _ => e.Request.Length > 0 ? null : e.Action,
    };

    /// <summary>"GetNextRequest" is "GetNext" there.</summary>
    private static string Operation(string name) => name.EndsWith("Request", StringComparison.Ordinal) ? name[..^"Request".Length] : name;

    private static void Endpoints(Utf8JsonWriter json, EventRecord e)
    {
        json.WriteString("src_ip"u8, e.SourceIp);
        json.WriteNumber("src_port"u8, e.SourcePort);
        json.WriteString("dst_ip"u8, e.DestinationIp);
        json.WriteNumber("dst_port"u8, e.DestinationPort);
    }

    private static void Pair(Utf8JsonWriter json, string name, string ip, int port)
    {
        json.WriteStartArray(name);
        json.WriteStringValue(ip);
        json.WriteNumberValue(port);
        json.WriteEndArray();
    }

    private static string? Hex(byte[] bytes) => bytes.Length > 0 ? Convert.ToHexStringLower(bytes) : null;

    private static string Naive(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private static string Zoned(DateTimeOffset time) => Naive(time) + "+00:00";

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
