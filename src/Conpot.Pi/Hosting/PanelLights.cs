using Conpot.Pi.Events;
using Conpot.Pi.Hardware;

namespace Conpot.Pi.Hosting;

/// <summary>What the front panel shows of the sensor, not of the CPU: activity, the alert until somebody acknowledges it, and trouble.</summary>
/// <remarks>It outlives the panel, which another CPU replaces; the alert outlives the process, in a file of the state directory.</remarks>
internal sealed class PanelLights : IJournalObserver
{
    private readonly string _alertFile;
    private readonly Func<EventKind, Origin?, bool> _alarming;
    private readonly Lock _gate = new();
    private readonly Lock _keeping = new();
    private readonly HashSet<string> _troubles = [];
    private volatile FrontPanel? _panel;
    private volatile bool _alert;

    /// <param name="alarming">Events that light the alert: each, not the first of a window, because it may have been acknowledged in between.</param>
    public PanelLights(string stateDirectory, Func<EventKind, Origin?, bool> alarming)
    {
        _alarming = alarming;
        _alertFile = Path.Combine(stateDirectory, "alert");
        _alert = File.Exists(_alertFile);
    }

    /// <summary>A hostile event that nobody has acknowledged yet.</summary>
    public bool Alert => _alert;

    public FrontPanel? Panel
    {
        get => _panel;
        set
        {
            _panel = value;
            value?.Alert(_alert);
            lock (_gate) value?.Blink(_troubles.Count > 0);
        }
    }

    /// <summary>Trouble of the sensor's own, by its name; SF blinks while there is any.</summary>
    public void Trouble(string name, bool present)
    {
        lock (_gate)
        {
            if (present ? _troubles.Add(name) : _troubles.Remove(name)) _panel?.Blink(_troubles.Count > 0);
        }
    }

    public void Recorded(EventKind kind, Origin? origin, long sequence, ReadOnlySpan<byte> line)
    {
        if (origin is null) return; // the sensor's own affairs
        _panel?.Activity();
        if (_alert || !_alarming(kind, origin)) return;
        _alert = true;
        _panel?.Alert(true);
        // Not on the network's thread: a card may hang.
        ThreadPool.QueueUserWorkItem(static lights => lights.Keep(), this, preferLocal: false);
    }

    /// <summary>The alert is over until the next hostile event.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Acknowledge()
    {
        if (!_alert) return false;
        _alert = false;
        _panel?.Alert(false);
        ThreadPool.QueueUserWorkItem(static lights => lights.Keep(), this, preferLocal: false);
        return true;
    }

    /// <summary>The file says what the flag says; without it the alert does not outlive the process, which is all there is to lose.</summary>
    private void Keep()
    {
        lock (_keeping) // and no other: a card that hangs must not hold up the lamps
        {
            try
            {
                if (_alert) File.WriteAllBytes(_alertFile, []);
                else File.Delete(_alertFile);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A directory that takes no file is the journal's trouble, and told there.
            }
        }
    }
}
