using System.Buffers;
using System.Globalization;
using System.Text;

namespace Conpot.Pi.Events.Sinks;

/// <summary>[syslog]: events to a collector as RFC 5424 over UDP (RFC 5426), TCP (RFC 6587, octet counting) or TLS (RFC 5425).</summary>
/// <remarks>Syslog has no receipt. Over TCP and TLS an event counts when the collector's kernel has it; over UDP when it has left, and no port said no.</remarks>
internal sealed class SyslogSink : ISink
{
    /// <summary>RFC 5426, 3.2: receivers should take 2048 octets.</summary>
    private const int LongestDatagram = 2048;

    /// <summary>RFC 5425, 4.3.1: receivers should take 8192 octets.</summary>
    private const int LongestMessage = 8192;

    private readonly SinkAddress _address;
    private readonly SyslogMessage _messages;
    private readonly SinkStream? _stream;
    private readonly SyslogDatagrams? _datagrams;
    private readonly string _warning;

    private SyslogSink(SinkSettings common, SinkAddress address, SyslogMessage messages, SinkTls tls, TimeProvider time)
    {
        (Name, Filter, _address, _messages, _warning) = (common.Name, common.Filter, address, messages, address.Scheme == "tls" ? tls.Warning : "");
        if (address.Scheme == "udp") _datagrams = new SyslogDatagrams(address, time);
        else _stream = new SinkStream(address, tls, time);
    }

    public string Name { get; }

    public SinkFilter Filter { get; }

    /// <summary>Datagrams come in small handfuls: a receiver's buffer holds some 200.</summary>
    public int BatchSize => _stream is null ? SyslogDatagrams.Handful : 256;

    public static ISink? Create(SinkSurroundings s)
    {
        var common = SinkSettings.Read(s.Section, "syslog", alertsOnly: false);
        var address = common.Enabled || s.Section.Has("server") ? SinkAddress.Read(s.Section, "server", mayHavePath: false, ("udp", 514), ("tcp", 601), ("tls", 6514)) : null;
        var format = s.Section.Choice("format", "rfc5424", "rfc5424", "cef", "ecs");
        var facility = s.Section.Choice("facility", "local0", SyslogMessage.Facilities);
        var tls = SinkTls.Read(s.Section, s.ConfigDirectory, inUse: address is null || address.Scheme == "tls");
        if (!common.Enabled || address is null) return null;
        return new SyslogSink(common, address, new SyslogMessage(s.Sensor, Array.IndexOf(SyslogMessage.Facilities, facility), format), tls, s.Time);
    }

    public async Task<string> Send(IReadOnlyList<EventRecord> batch, CancellationToken cancel)
    {
        if (_datagrams is not null)
        {
            await _datagrams.Send([.. batch.Select(e => _messages.Of(e, LongestDatagram))], cancel);
            return $"{batch.Count} sent to {_address}; UDP has no receipt";
        }

        var bytes = new ArrayBufferWriter<byte>(4096);
        foreach (var message in batch.Select(e => _messages.Of(e, LongestMessage)))
        {
            // RFC 6587, 3.4.1: the length in octets, a space, the message; so a message may hold anything.
            bytes.Write(Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "));
            bytes.Write(message);
        }

        await _stream!.Send(bytes.WrittenSpan.ToArray(), cancel);
        return $"{batch.Count} acknowledged by the host of {_address}{_warning}";
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null) await _stream.DisposeAsync();
        _datagrams?.Dispose();
    }
}
