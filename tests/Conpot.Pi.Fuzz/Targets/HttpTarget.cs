using System.Globalization;
using System.Text;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.Http;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>HTTP: a reply has a status line, whole header fields and as long a body as it says; nothing of the request breaks out of its place in it.</summary>
internal sealed class HttpTarget() : StreamTarget("http", 80, ("s7-200", ["http.login=none"]), ("s7-200", []), ("s7-300-cp343", []), ("conpot-2013", ["http.enabled=true"]))
{
    private static readonly DeviceSeed Device = DeviceSeed.From("fuzz");

    private static readonly string[] Requests =
    [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /index.htm HTTP/1.0\r\n\r\n", "GET /\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /values.json HTTP/1.1\r\nHost: a\r\n\r\nGET /values.json HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /setpoints.htm HTTP/1.1\r\nHost: a\r\nCookie: sid=0000000000000001\r\n\r\n",
        "POST /setpoints.htm HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\ns22=100&s23=%20", "POST /login.htm HTTP/1.1\r\nHost: a\r\nContent-Length: 25\r\n\r\nuser=admin&password=admin",
        "GET /alarms.htm HTTP/1.1\r\nHost: a\r\nUser-Agent: Nmap Scripting Engine\r\nReferer: http://a/\r\n\r\n", "GET /diagnostics.htm HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRtaW46YWRtaW4=\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nabcde\r\n1\r\nf\r\n0\r\nA: b\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", "GET /index.htm?x=%27%20or%201=1 HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\n\r\n", "GET /home/Start.htm HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "GET /__Rack HTTP/1.1\r\nHost: a\r\n\r\n", "GET /__DiagBuf02 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET /home/Info.htm HTTP/1.1\r\nHost: a\r\n\r\n", "GET /__FSys_Root HTTP/1.1\r\n\r\n", "GET /home/Navigation.htm HTTP/2.0\r\n\r\n", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003", "PUT /x HTTP/1.1\nHost: a\n\n",
    ];

    private readonly Dictionary<Variant, (HttpSettings Settings, DeviceFacts Facts)> _settings = [];
    private readonly HttpBuffers _buffers = new();

    public override IEnumerable<Input> Seeds
    {
        get
        {
            foreach (var request in Requests)
                for (byte variant = 0; variant < Variants; variant++)
                    yield return Input.OfLines(variant, Encoding.Latin1.GetBytes(request));
            // A login, then the pages behind it.
            for (byte variant = 0; variant < Variants; variant++)
                yield return Input.Of(variant, Requests.Take(15).Select(Encoding.Latin1.GetBytes));
        }
    }

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        .. ("GET |POST |HEAD |PUT |DELETE |OPTIONS |TRACE |CONNECT |PROPFIND | HTTP/1.1\r\n| HTTP/1.0\r\n| HTTP/0.9\r\n| HTTP/9.9\r\n|\r\n|\n|\r|\r\n\r\n|Host: a\r\n|Content-Length: |0|5|4096|32768|99999999999|-1|+5|0x5|"
            + "Transfer-Encoding: chunked\r\n|Transfer-Encoding: gzip, chunked\r\n|Connection: close\r\n|Connection: keep-alive\r\n|Cookie: sid=|Authorization: Basic |Authorization: Digest |YWRtaW46YWRtaW4=|User-Agent: |Referer: |"
            + "Expect: 100-continue\r\n| folded\r\n|a: b\r\n|s22=|&|=|%|%00|%zz|%2e%2e/|../|/etc/passwd|/index.htm|/login.htm|/logout.htm|/setpoints.htm|/values.json|/alarms.htm|/diagnostics.htm|/identification.htm|/home/Start.htm|/__Rack|"
            + "' or 1=1--|<script>|${jndi:ldap://a}|;cat /etc/passwd|sqlmap|\0|user=|password=|ffffffff\r\n|7fffffff|1\r\na\r\n|0\r\n\r\n").Split('|').Select(Encoding.Latin1.GetBytes),
        [0xFF, 0xFE], [0xC3, 0x28], [0xF0, 0x9F, 0x98, 0x80],
    ];

    protected override IConversation Converse(Variant variant, Cpu cpu, TimeProvider time)
    {
        if (!_settings.TryGetValue(variant, out var known))
            _settings[variant] = known = (HttpSettings.Read(variant.Section("http"), cpu, Device, lowPorts: true, ""), DeviceFacts.Read(variant.Section("identity"), Device, cpu, () => Device.MacText));
        var (settings, facts) = known;
        IHttpSite site = settings.ItCp ? new ItCpSite(settings, facts, cpu, time) : new StationSite(settings, facts, cpu, Device, time);
        return new HttpConversation(new HttpServer(site, cpu), _buffers, time);
    }

    protected override bool IsCounted(ReadOnlySpan<byte> reply) => reply.IndexOf("application/json"u8) >= 0;

    protected override void Check(ReadOnlySpan<byte> request, ReadOnlySpan<byte> reply)
    {
        if (!reply.StartsWith("HTTP/1."u8)) return; // HTTP/0.9: a body alone
        var end = reply.IndexOf("\r\n\r\n"u8);
        Violation.Unless(end > 0, "a reply whose head has no end");
        var head = reply[..(end + 2)];
        Violation.Unless(!head.ContainsAnyExcept(Printable), "a reply whose head holds control characters or bytes beyond ASCII");
        var length = -1;
        var first = true;
        while (!head.IsEmpty)
        {
            var newline = head.IndexOf("\r\n"u8);
            Violation.Unless(newline > 0 && head[..newline].IndexOfAny((byte)'\r', (byte)'\n') < 0, "a reply's head is split");
            var line = Encoding.ASCII.GetString(head[..newline]);
            if (first) Violation.Unless(line.Length >= 12 && // the IT-CP names no reason
                int.TryParse(line.AsSpan(9, 3), out _), "a reply without a status", line);
            else Violation.Unless(line.Contains(": ", StringComparison.Ordinal), "a line of a reply's head is no field");
            if (line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) length = int.Parse(line.AsSpan(16), CultureInfo.InvariantCulture);
            head = head[(newline + 2)..];
            first = false;
        }
        var body = reply.Length - end - 4;
        Violation.Unless(length < 0 || body == length || body == 0, "a reply whose body is not as long as it says");
    }

    private static readonly System.Buffers.SearchValues<byte> Printable = System.Buffers.SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c), (byte)'\r', (byte)'\n']);

    /// <summary>A line of the head that says how long the body is cannot be right of itself: another number, now and then the message's own length.</summary>
    public override byte[] Repair(byte[] message, Random random)
    {
        var mark = message.AsSpan().IndexOf("Content-Length: "u8);
        if (mark < 0 || random.Next(2) == 0) return message;
        var end = message.AsSpan(mark).IndexOf((byte)'\r');
        var body = message.AsSpan().IndexOf("\r\n\r\n"u8);
        var length = body >= 0 ? message.Length - body - 4 : random.Next(40);
        return [.. message[..(mark + 16)], .. Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)), .. end < 0 ? [] : message[(mark + end)..]];
    }
}
