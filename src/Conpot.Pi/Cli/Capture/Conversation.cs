using System.Net;

namespace Conpot.Pi.Cli.Capture;

/// <summary>One session as it is played back onto the wire: both ends, their sequence numbers and the time of the last packet.</summary>
/// <remarks>The journal has one time for an exchange; the packets that are made of it follow each other by microseconds and never run backwards.</remarks>
internal sealed class Conversation
{
    /// <summary>Between a request and its reply: the real pause is the device's latency, which the journal does not have.</summary>
    private const long ReplyAfter = 10;

    private readonly PcapngWriter _output;
    private readonly IPEndPoint _visitor, _sensor;
    private readonly bool _udp;
    private uint _visitorNext, _sensorNext;
    private ushort _visitorId, _sensorId;
    private long _last;

    public Conversation(PcapngWriter output, IPEndPoint visitor, IPEndPoint sensor, bool udp, string session)
    {
        (_output, _visitor, _sensor, _udp) = (output, visitor, sensor, udp);
        // FNV-1a: numbers that differ from session to session and are the same in every capture of it.
        var hash = 14695981039346656037UL;
        foreach (var c in session) hash = (hash ^ c) * 1099511628211UL;
        (_visitorNext, _sensorNext) = ((uint)hash, (uint)(hash >> 32));
        (_visitorId, _sensorId) = ((ushort)(hash >> 8), (ushort)(hash >> 24));
    }

    public bool IsUdp => _udp;

    /// <summary>The three segments of a connection's beginning.</summary>
    public void Handshake(long at, string comment)
    {
        if (_udp) return;
        FromVisitor(at, TcpFlags.Syn, [], comment);
        FromSensor(at, TcpFlags.Syn | TcpFlags.Ack, [], comment);
        FromVisitor(at, TcpFlags.Ack, [], comment);
    }

    /// <param name="length">How long it was; the journal may have kept the beginning of it.</param>
    public void Request(long at, ReadOnlySpan<byte> bytes, int length, string comment)
    {
        if (_udp) Datagram(at, _visitor, _sensor, ref _visitorId, bytes, length, comment);
        else Segments(at, bytes, length, comment, visitor: true);
    }

    /// <inheritdoc cref="Request"/>
    public void Reply(long at, ReadOnlySpan<byte> bytes, int length, string comment)
    {
        at = Math.Max(at, _last) + ReplyAfter;
        if (_udp) Datagram(at, _sensor, _visitor, ref _sensorId, bytes, length, comment);
        else Segments(at, bytes, length, comment, visitor: false);
    }

    /// <summary>What was taken and not answered is acknowledged all the same.</summary>
    public void Silence(long at, string comment)
    {
        if (!_udp) FromSensor(at, TcpFlags.Ack, [], comment);
    }

    public void End(long at, Ending ending, string comment)
    {
        if (_udp) return;
        switch (ending)
        {
            case Ending.ResetByVisitor:
                FromVisitor(at, TcpFlags.Reset | TcpFlags.Ack, [], comment);
                break;
            case Ending.ResetBySensor:
                FromSensor(at, TcpFlags.Reset | TcpFlags.Ack, [], comment);
                break;
            case Ending.ClosedByVisitor:
                FromVisitor(at, TcpFlags.Fin | TcpFlags.Ack, [], comment);
                FromSensor(at, TcpFlags.Fin | TcpFlags.Ack, [], comment);
                FromVisitor(at, TcpFlags.Ack, [], comment);
                break;
            default:
                FromSensor(at, TcpFlags.Fin | TcpFlags.Ack, [], comment);
                FromVisitor(at, TcpFlags.Fin | TcpFlags.Ack, [], comment);
                FromSensor(at, TcpFlags.Ack, [], comment);
                break;
        }
    }

    private void Segments(long at, ReadOnlySpan<byte> bytes, int length, string comment, bool visitor)
    {
        var largest = Frame.LargestSegment(_visitor.Address);
        for (length = Math.Max(length, bytes.Length); length > 0;)
        {
            var whole = Math.Min(largest, length);
            var part = bytes[..Math.Min(whole, bytes.Length)];
            bytes = bytes[part.Length..];
            length -= whole;
            var flags = length == 0 ? TcpFlags.Ack | TcpFlags.Push : TcpFlags.Ack;
            if (visitor) FromVisitor(at, flags, part, comment, whole);
            else FromSensor(at, flags, part, comment, whole);
        }
    }

    private void FromVisitor(long at, TcpFlags flags, ReadOnlySpan<byte> payload, string comment, int length = 0) =>
        Segment(at, _visitor, _sensor, ref _visitorId, ref _visitorNext, _sensorNext, flags, payload, length, comment);

    private void FromSensor(long at, TcpFlags flags, ReadOnlySpan<byte> payload, string comment, int length = 0) =>
        Segment(at, _sensor, _visitor, ref _sensorId, ref _sensorNext, _visitorNext, flags, payload, length, comment);

    private void Segment(long at, IPEndPoint from, IPEndPoint to, ref ushort id, ref uint sequence, uint acknowledged, TcpFlags flags, ReadOnlySpan<byte> payload, int length, string comment)
    {
        var frame = Frame.TcpSegment(from, to, id++, sequence, acknowledged, flags, payload, length);
        sequence += (uint)length + ((flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0u); // SYN and FIN count (RFC 9293, 3.4)
        _output.Packet(Next(at), frame, frame.Length + length - payload.Length, comment);
    }

    private void Datagram(long at, IPEndPoint from, IPEndPoint to, ref ushort id, ReadOnlySpan<byte> bytes, int length, string comment)
    {
        var frame = Frame.UdpDatagram(from, to, id++, bytes, length);
        _output.Packet(Next(at), frame, frame.Length + Math.Max(0, length - bytes.Length), comment);
    }

    private long Next(long at) => _last = Math.Max(at, _last + 1);
}

/// <summary>Who ended a connection, and how.</summary>
internal enum Ending { ClosedByVisitor, ClosedBySensor, ResetByVisitor, ResetBySensor }
