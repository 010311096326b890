using System.Net;
using System.Net.Sockets;
using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Capture;

/// <summary>Turns events, in the journal's order, into the packets that they tell of.</summary>
internal sealed class Playback(PcapngWriter output, bool standardPorts)
{
    /// <summary>Sessions that may be open at once; the oldest is forgotten (after a power cut many never end).</summary>
    private const int MostOpen = 4096;

    /// <summary>What claims to have been longer is not believed: a datagram has no more, and no request or reply of the sensor's.</summary>
    private const int Longest = 65507;

    private static readonly string[] Derived = ["alert.", "sweep."];

    private readonly Dictionary<string, Conversation> _open = [];
    private readonly Queue<string> _order = [];

    public long Sessions { get; private set; }

    /// <summary>Events of the network whose bytes are not in the journal, or whose addresses make no packet.</summary>
    public long WithoutBytes { get; private set; }

    public void Take(EventRecord e)
    {
        if (e.Session.Length == 0) return; // the sensor's own affairs
        if (Derived.Any(d => e.Action.StartsWith(d, StringComparison.Ordinal))) return; // made of events that have the bytes
        if (Ends(e, standardPorts) is not var (visitor, sensor))
        {
            WithoutBytes++;
            return;
        }
        var at = Math.Max(0, (e.Time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        var comment = PlainText.Of(new EventText(e).Summary(), 2000);
        switch (e.Action)
        {
            case "session.start":
                Begin(e.Session, visitor, sensor, e.Transport == "udp").Handshake(at, comment);
                break;
            case "session.end":
                if (!_open.ContainsKey(e.Session) && e.Transport == "udp") break;
                End(Of(e, visitor, sensor), e, at, comment);
                _open.Remove(e.Session);
                break;
            case "session.refused": // accepted and reset, as the sensor does
                var refused = new Conversation(output, visitor, sensor, udp: false, e.Session);
                Sessions++;
                refused.Handshake(at, comment);
                refused.End(at, Ending.ResetBySensor, comment);
                break;
            default:
                Exchange(e, visitor, sensor, at, comment);
                break;
        }
    }

    private void Exchange(EventRecord e, IPEndPoint visitor, IPEndPoint sensor, long at, string comment)
    {
        var (request, reply) = (e.Request, e.Response);
        if (request.Length == 0 && reply.Length == 0)
        {
            WithoutBytes++;
            return;
        }
        var conversation = Of(e, visitor, sensor);
        if (request.Length > 0) conversation.Request(at, request, LengthOf(e, "request_bytes", request.Length), comment);
        if (reply.Length > 0) conversation.Reply(at, reply, LengthOf(e, "response_bytes", reply.Length), comment);
        else conversation.Silence(at, comment);
    }

    private static int LengthOf(EventRecord e, string member, int kept) => (int)Math.Clamp(e.Number("conpot", member, kept), kept, Math.Max(kept, Longest));

    private static void End(Conversation conversation, EventRecord e, long at, string comment)
    {
        var unfinished = e.Text("conpot", "unfinished");
        if (!conversation.IsUdp && unfinished.Length > 0 && unfinished.Length % 2 == 0 && unfinished.All(char.IsAsciiHexDigit))
        {
            conversation.Request(at, Convert.FromHexString(unfinished), unfinished.Length / 2, comment);
            conversation.Silence(at, comment);
        }
        conversation.End(at, EndingOf(e.Text("conpot", "reason")), comment);
    }

    /// <summary>As <c>Net.TcpSession</c> and <c>Net.TcpService</c> name them.</summary>
    internal static Ending EndingOf(string reason) => reason switch
    {
        "closed by client" => Ending.ClosedByVisitor,
        "reset by client" => Ending.ResetByVisitor,
        "idle" or "client does not read" or "request not finished" or "no room in the kernel" or "error in the sensor" => Ending.ResetBySensor,
        _ => Ending.ClosedBySensor,
    };

    /// <summary>The session of an event; one that began before the journal does goes on in the middle.</summary>
    private Conversation Of(EventRecord e, IPEndPoint visitor, IPEndPoint sensor) =>
        _open.TryGetValue(e.Session, out var conversation) ? conversation : Begin(e.Session, visitor, sensor, e.Transport == "udp");

    private Conversation Begin(string session, IPEndPoint visitor, IPEndPoint sensor, bool udp)
    {
        while (_order.Count >= MostOpen) _open.Remove(_order.Dequeue());
        _order.Enqueue(session);
        Sessions++;
        return _open[session] = new Conversation(output, visitor, sensor, udp, session);
    }

    private static (IPEndPoint Visitor, IPEndPoint Sensor)? Ends(EventRecord e, bool standardPorts)
    {
        if (!IPAddress.TryParse(e.SourceIp, out var visitor) || !IPAddress.TryParse(e.DestinationIp, out var sensor)) return null;
        if (visitor.IsIPv4MappedToIPv6) visitor = visitor.MapToIPv4();
        if (sensor.IsIPv4MappedToIPv6) sensor = sensor.MapToIPv4();
        if (visitor.AddressFamily != sensor.AddressFamily || visitor.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)) return null;
        return (new IPEndPoint(visitor, e.SourcePort), new IPEndPoint(sensor, standardPorts ? StandardPort(e) : e.DestinationPort));
    }

    /// <summary>Where a dissector looks for the protocol (IANA).</summary>
    private static int StandardPort(EventRecord e) => e.Protocol switch
    {
        "modbus" => 502,
        "snmp" => 161,
        "s7comm" => 102,
        "http" => 80,
        _ => e.DestinationPort,
    };
}
