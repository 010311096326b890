namespace Conpot.Pi.Protocols.Modbus;

/// <summary>The counters and the event log of functions 8, 11 and 12 (V1.1b3, 6.8 to 6.10); 16 bits each, they wrap.</summary>
internal sealed class CommCounters
{
    private const int LogLength = 64;

    /// <summary>Order of sub-functions 11..18: bus messages, CRC errors, exceptions, messages to this server, no replies, NAKs, busy, overruns.</summary>
    private const int BusMessages = 0, Exceptions = 2, ServerMessages = 3, NoReplies = 4;

    private readonly ushort[] _counters = new ushort[8];
    private readonly byte[] _log = new byte[LogLength];
    private int _logged, _newest;

    /// <summary>Requests that were carried out; neither exceptions nor asking for this counter count.</summary>
    public ushort Events { get; private set; }

    public ushort Messages => _counters[BusMessages];

    public ushort Counter(int index) => _counters[index];

    public void Received()
    {
        _counters[BusMessages]++;
        _counters[ServerMessages]++;
        Log(0x80); // a receive event without an error bit
    }

    public void Answered(byte function, byte exception, bool replied)
    {
        if (!replied) _counters[NoReplies]++;
        if (exception != 0) _counters[Exceptions]++;
        else if (function is not (FunctionCode.GetCommEventCounter or FunctionCode.GetCommEventLog)) Events++;
        // A send event: bit 0 for exceptions 1-3, bit 1 for 4 (V1.1b3, 6.10).
        Log((byte)(0x40 | (exception is >= 1 and <= 3 ? 1 : 0) | (exception == 4 ? 2 : 0)));
    }

    public void Clear(bool alsoLog)
    {
        Array.Clear(_counters);
        Events = 0;
        if (alsoLog) _logged = 0;
    }

    /// <summary>Newest first; how many bytes were copied.</summary>
    public int CopyLog(Span<byte> destination)
    {
        for (var i = 0; i < _logged; i++) destination[i] = _log[(_newest - i + LogLength) % LogLength];
        return _logged;
    }

    private void Log(byte entry)
    {
        _newest = (_newest + 1) % LogLength;
        _log[_newest] = entry;
        _logged = Math.Min(_logged + 1, LogLength);
    }
}
