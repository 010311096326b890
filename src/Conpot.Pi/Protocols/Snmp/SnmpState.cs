using System.Globalization;
using System.Text;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>The texts that a visitor with the write community may change.</summary>
internal enum SystemText { Contact, Name, Location }

/// <summary>What the agent remembers: its counters while the device is up, and written texts for good. One per process; it outlives a reload.</summary>
/// <remarks>
/// The device keeps its texts in flash and its counters in memory, so after a restart of the program both are there, after a restart of the
/// machine the texts only. The file is written at most once a minute, and only when something has changed.
/// </remarks>
internal sealed class SnmpState
{
    private static readonly TimeSpan WriteInterval = TimeSpan.FromMinutes(1);

    /// <summary>Written texts are saved at once, so many a minute; of a thousand SETs in a row the others wait for a second each.</summary>
    private const int TextsAtOnce = 10;

    private static readonly TimeSpan TextInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What may have come between the last write and a crash: a device's counters never fall, and a visitor who comes back would notice.
    /// 600 packets are three walks of the whole table by one person.
    /// </summary>
    private const uint CrashReserve = 600;

    /// <summary>The counters that every ordinary request moves.</summary>
    private static readonly int[] s_moving = [SnmpCounters.InPkts, SnmpCounters.OutPkts, SnmpCounters.InTotalReqVars, SnmpCounters.InGetNexts, SnmpCounters.OutGetResponses];

    private readonly string? _path;
    private readonly string _profile, _bootId;
    private readonly DeviceClock _clock;
    private readonly TimeProvider _time;
    private readonly IConnections? _connections;
    private readonly Action<Action> _elsewhere;
    private readonly WrittenText?[] _texts = new WrittenText?[3];
    private readonly Lock _writing = new();
    private TcpTraffic _earlierTcp;
    private string _saved = "";
    private long? _lastSave;
    private long _turn, _written;
    private bool _textWritten;
    private int _textSaves;
    private long _textMinute;

    /// <param name="path">The file "snmp" in the state directory; null to remember nothing.</param>
    /// <param name="profile">Another profile is another device: it starts afresh.</param>
    /// <param name="bootId">What differs after every start of the machine: <see cref="BootId"/>.</param>
    /// <param name="elsewhere">Where the file is written: a card may hang, the caller must not. Null: the thread pool.</param>
    public SnmpState(string? path, string profile, string bootId, DeviceClock clock, TimeProvider time, IConnections? connections = null, Action<Action>? elsewhere = null)
    {
        (_path, _profile, _bootId, _clock, _time, _connections) = (path, profile, bootId, clock, time, connections);
        _elsewhere = elsewhere ?? (write => ThreadPool.QueueUserWorkItem(static w => ((Action)w!)(), write));
        var kept = StateFile.Read(path);
        if (kept.TryGetValue("profile", out var of) && of == profile) Take(kept);
        _saved = Text();
    }

    /// <summary>The boot id of this machine; without one, restarts are told apart by the uptime alone.</summary>
    public static string BootId
    {
        get
        {
            try
            {
                return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return "unknown";
            }
        }
    }

    /// <summary>The snmp group.</summary>
    public SnmpCounters Counters { get; } = new();

    /// <summary>Real TCP traffic since the device's power-up.</summary>
    public TcpTraffic Tcp => _earlierTcp + (_connections?.Traffic ?? default);

    /// <summary>Why the file could not be written, or null.</summary>
    public string? Problem { get; private set; }

    /// <param name="configured">What the configuration says; it wins again as soon as somebody changes it there.</param>
    public byte[] Read(SystemText text, byte[] configured) =>
        _texts[(int)text] is { } written && written.Over.AsSpan().SequenceEqual(configured) ? written.Value : configured;

    public void Write(SystemText text, byte[] configured, ReadOnlySpan<byte> value)
    {
        _texts[(int)text] = new WrittenText(value.ToArray(), configured);
        _textWritten = true; // the device has it in flash at once: the file follows within a second, not a minute
    }

    /// <summary>To be called every second or so, on the thread that answers; writes the file when it is time.</summary>
    public void Tick()
    {
        if (_time.GetElapsedTime(_textMinute) >= WriteInterval) (_textMinute, _textSaves) = (_time.GetTimestamp(), 0);
        var interval = !_textWritten ? WriteInterval : _textSaves < TextsAtOnce ? TimeSpan.Zero : TextInterval;
        if (_path is null || _lastSave is { } last && _time.GetElapsedTime(last) < interval) return;
        if (_textWritten) _textSaves++;
        _textWritten = false;
        var text = Text();
        if (text == _saved) return;
        (_saved, _lastSave) = (text, _time.GetTimestamp());
        var (turn, content) = (++_turn, Head(isClean: false) + text);
        _elsewhere(() => Save(turn, content));
    }

    /// <summary>The last word of the program; does not wait for a card that hangs.</summary>
    public void Stop()
    {
        var text = Text();
        if (_path is not null && (text != _saved || _lastSave is not null)) Save(++_turn, Head(isClean: true) + text);
    }

    private void Save(long turn, string content)
    {
        if (!_writing.TryEnter(TimeSpan.FromMilliseconds(200))) return;
        try
        {
            if (turn < _written) return; // a younger state stands there already
            _written = turn;
            Problem = StateFile.Write(_path!, content);
        }
        finally
        {
            _writing.Exit();
        }
    }

    private string Head(bool isClean) => string.Create(CultureInfo.InvariantCulture,
        $"profile {_profile}\nboot {_bootId}\nuptime {_clock.Hundredths}\nclean {(isClean ? 1 : 0)}\n");

    /// <summary>All that is worth a write when it changes.</summary>
    private string Text()
    {
        var text = new StringBuilder("counters");
        for (var i = 1; i <= SnmpCounters.OutTraps; i++) text.Append(CultureInfo.InvariantCulture, $" {Counters[i]}");
        var tcp = Tcp;
        text.Append(CultureInfo.InvariantCulture, $"\ntcp {tcp.Opened} {tcp.Received} {tcp.Sent} {tcp.ReceivedBytes} {tcp.SentBytes}\n");
        for (var i = 0; i < _texts.Length; i++)
            if (_texts[i] is { } written)
                text.Append(CultureInfo.InvariantCulture, $"text{i} {Convert.ToHexString(written.Value)}/{Convert.ToHexString(written.Over)}\n");
        return text.ToString();
    }

    private void Take(Dictionary<string, string> kept)
    {
        for (var i = 0; i < _texts.Length; i++)
            if (kept.TryGetValue($"text{i}", out var hex) && hex.Split('/') is [var value, var over] && StateFile.Bytes(value) is { } bytes && StateFile.Bytes(over) is { } configured)
                _texts[i] = new WrittenText(bytes, configured);

        // A boot id may be copied along with a card or be missing; an uptime that ran backwards betrays both.
        var sameBoot = kept.GetValueOrDefault("boot") == _bootId && StateFile.Number(kept.GetValueOrDefault("uptime")) is { } uptime && uptime <= _clock.Hundredths;
        if (!sameBoot) return;
        var reserve = kept.GetValueOrDefault("clean") == "1" ? 0 : CrashReserve;
        var counters = StateFile.Numbers(kept.GetValueOrDefault("counters"));
        for (var i = 1; i <= SnmpCounters.OutTraps && i <= counters.Length; i++)
            Counters.Restore(i, unchecked(counters[i - 1] + (s_moving.Contains(i) ? reserve : 0)));
        if (StateFile.Numbers(kept.GetValueOrDefault("tcp")) is [var opened, var received, var sent, var receivedBytes, var sentBytes])
            _earlierTcp = new TcpTraffic(opened, received, sent, receivedBytes, sentBytes);
    }

    /// <param name="Over">What the configuration said when it was written.</param>
    private sealed record WrittenText(byte[] Value, byte[] Over);
}
