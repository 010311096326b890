using System.Globalization;
using System.Text.Json;
using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>What an event tells of its maker, as a phrase that goes on after "he": "read VW0..VW18", "wrote VW0 146 → 77".</summary>
internal static class Deed
{
    private const int LongestText = 60, MostValues = 6;

    /// <summary>The objects of the system group (RFC 3418), which everybody asks for.</summary>
    private static readonly Dictionary<string, string> ObjectNames = new()
    {
        ["1"] = "sysDescr", ["2"] = "sysObjectID", ["3"] = "sysUpTime", ["4"] = "sysContact", ["5"] = "sysName", ["6"] = "sysLocation", ["7"] = "sysServices",
    };

    /// <summary>Null for what is told otherwise (the beginning and the end of sessions).</summary>
    public static string? Of(EventRecord e) => e.Action switch
    {
        "session.start" => null,
        "session.end" => e.Number("conpot", "requests", -1) == 0 ? "connected and left without a word" : null,
        "session.refused" => "opened more connections than it may",
        "session.limited" => "sent more datagrams than are answered",
        "modbus.identify" => "asked who it is",
        "modbus.diagnose" => "asked for diagnostics",
        "modbus.malformed" or "modbus.discarded" => "sent bytes that are no Modbus frame",
        "snmp.malformed" => "sent bytes that are no SNMP message",
        "snmp.unanswered" => "sent an SNMP message that the device does not answer",
        "modbus.unknown" => $"asked for a function that the device does not have{Function(e)}",
        "sweep.units" => "tried many Modbus unit ids",
        "sweep.registers" => "read from many addresses",
        "sweep.writes" => "wrote in a loop",
        "sweep.communities" => "guessed several SNMP passwords",
        "sweep.tsaps" => "tried several racks and slots",
        "snmp.get" => $"read {Objects(e)} over SNMP",
        "snmp.walk" => "walked through its SNMP objects",
        "snmp.bad-community" => $"tried the SNMP password {Quoted(e.Text("conpot", "community"))}",
        "snmp.discover" => e.Text("conpot", "user") is { Length: > 0 } user ? $"tried the SNMPv3 user {Quoted(user)}" : "asked for its SNMPv3 engine",
        "s7comm.connect" => $"asked for an S7 connection{(e.Outcome == "success" ? "" : " to a rack and slot that are not there")}",
        "s7comm.setup" => null,
        "s7comm.identify" => "asked who it is",
        "s7comm.mode" => "asked whether the CPU is in RUN or STOP",
        "s7comm.clock" => "read the CPU's clock",
        "s7comm.subscribe" => Subscription(e),
        "s7comm.password" when !ControlDeed.IsStep(e) => $"tried the S7 password {Quoted(e.Text("conpot", "said"))}",
        "s7comm.password-taken" => "gave the right S7 password",
        "s7comm.plus" => "tried S7CommPlus, which only newer PLCs speak",
        "s7comm.unknown" => "asked over S7 for something that the device does not have",
        "s7comm.malformed" => "sent bytes that are no S7 message",
        "http.request" => $"asked for the web page {Quoted(e.Text("conpot", "path"))}",
        "http.polled" => "kept a web page open",
        "http.identify" => $"asked the web server for {Quoted(e.Text("conpot", "path"))}, as scanners do",
        "http.login" => $"tried to log in to the web page as {Quoted(e.Text("conpot", "user"))}",
        "http.login-taken" => $"logged in to the web page as {Quoted(e.Text("conpot", "user"))}",
        "http.exploit" => $"sent a known attack to the web server{(e.Text("conpot", "attack") is { Length: > 0 } attack ? $" ({Short(attack)})" : "")}",
        "http.malformed" => "sent bytes that are no web request",
        _ when ControlDeed.IsStep(e) => null,
        _ => ControlDeed.Phrase(e) ?? (IsChange(e) ? Change(e) : Other(e)),
    };

    /// <summary>Values before and after, an action that is named for writing, or something done to the CPU.</summary>
    public static bool IsChange(EventRecord e) =>
        e.Member("conpot", "after") is not null || e.Action == "plc.mode" || Verb(e) is "write" or "set" || ControlDeed.IsChange(e);

    /// <summary>Whether it was carried out.</summary>
    public static bool IsDone(EventRecord e) => ControlDeed.IsChange(e) ? ControlDeed.IsDone(e) : e.Outcome == "success" && After(e).Length > 0;

    /// <summary>Where: S7 addresses, or objects; "" when the event has neither.</summary>
    public static string Target(EventRecord e) =>
        ControlDeed.IsChange(e) ? ControlDeed.Target(e)
        : e.Text("conpot", "written") is { Length: > 0 } written ? Short(written)
        : e.Text("conpot", "range") is { Length: > 0 } range ? Short(range)
        : e.Member("conpot", "ranges") is { ValueKind: JsonValueKind.Array } ranges ? Values(ranges)
        : e.Member("conpot", "oids") is not null ? Objects(e)
        : e.Number("conpot", "from", -1) is >= 0 and var from ? string.Create(CultureInfo.InvariantCulture, $"address {from}")
        : e.Action == "plc.mode" ? "CPU" : "";

    public static string Before(EventRecord e) => ControlDeed.IsChange(e) ? ControlDeed.Before(e) : Values(e.Action == "plc.mode" ? e.Member("conpot", "from") : e.Member("conpot", "before"));

    public static string After(EventRecord e) => ControlDeed.IsChange(e) ? ControlDeed.After(e) : Values(e.Action == "plc.mode" ? e.Member("conpot", "to") : e.Member("conpot", "after"));

    private static string Change(EventRecord e)
    {
        var (target, after) = (Target(e), After(e));
        if (!IsDone(e)) return $"tried to write {(target.Length > 0 ? target : "to it")}";
        return Before(e) is { Length: > 0 } before ? $"wrote {target} {before} → {after}" : $"wrote {target} = {after}";
    }

    private static string Other(EventRecord e)
    {
        if (Verb(e) == "read") return Target(e) is { Length: > 0 } target ? $"{(e.Outcome == "success" ? "read" : "tried to read")} {target}" : "read values";
        if (EventCatalog.Find(e.Action, e.Techniques)?.Phrase is not { } phrase) return Short(e.Action.Length > 0 ? e.Action : "did something that has no name");
        return phrase.Length > 1 && char.IsLower(phrase[1]) ? char.ToLowerInvariant(phrase[0]) + phrase[1..] : phrase;
    }

    /// <summary>Null for what follows from a subscription: each message and every minute of values is an event too.</summary>
    private static string? Subscription(EventRecord e) => (e.Text("conpot", "operation"), e.Outcome) switch
    {
        ("cyclic data sent" or "message sent" or "end cyclic data" or "cyclic data ended", _) => null,
        ("message service", _) => "asked for the CPU's messages",
        (_, "success") => "had values sent to it again and again",
        _ => "tried to have values sent to it again and again",
    };

    private static string Verb(EventRecord e) => e.Action[(e.Action.LastIndexOf('.') + 1)..];

    private static string Function(EventRecord e) =>
        e.Number("conpot", "function", -1) is >= 0 and var function ? string.Create(CultureInfo.InvariantCulture, $" (function {function})") : "";

    private static string Objects(EventRecord e)
    {
        if (e.Member("conpot", "oids") is not { ValueKind: JsonValueKind.Array } oids || oids.GetArrayLength() == 0) return "objects";
        var names = oids.EnumerateArray().Take(4).Select(o => ObjectName(o.ValueKind == JsonValueKind.String ? o.GetString()! : "?"));
        var more = Math.Max(e.Number("conpot", "varbinds", 0), oids.GetArrayLength()) - 4;
        return string.Join(", ", names) + (more > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {more} more") : "");
    }

    private static string ObjectName(string oid)
    {
        const string System = "1.3.6.1.2.1.1.";
        return oid.StartsWith(System, StringComparison.Ordinal) && oid.EndsWith(".0", StringComparison.Ordinal)
            && ObjectNames.TryGetValue(oid[System.Length..^2], out var name) ? name : Short(oid);
    }

    private static string Values(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Array } list => string.Join(", ", list.EnumerateArray().Take(MostValues).Select(One))
            + (list.GetArrayLength() > MostValues ? string.Create(CultureInfo.InvariantCulture, $" … ({list.GetArrayLength()} values)") : ""),
        { } single => One(single),
        _ => "",
    };

    private static string One(JsonElement value) => value.ValueKind != JsonValueKind.String ? Short(value.GetRawText()) : value.GetString() is { Length: > 0 } text ? Short(text) : "(empty)";

    private static string Quoted(string text) => $"“{Short(text)}”";

    public static string Short(string text) => PlainText.Of(text, LongestText);
}
