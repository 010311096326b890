using System.Globalization;

namespace Conpot.Pi.Cli;

/// <summary>A line on a person's terminal that tells how far long work is; silent elsewhere, gone at the end.</summary>
internal sealed class Progress(bool wanted, TimeProvider? time = null, TextWriter? terminal = null)
{
    /// <summary>Nothing is shown of work that is over before a person wonders.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500), Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>The clock is looked at only so often: a step is one line of a journal.</summary>
    private const int StepsPerLook = 256;

    private readonly bool _wanted = wanted && (terminal is not null || !Console.IsErrorRedirected);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly long _began = (time ?? TimeProvider.System).GetTimestamp();
    private readonly TextWriter _terminal = terminal ?? Console.Error;
    private long _steps, _shownAt;
    private bool _shown;

    /// <param name="part">Which part of the whole is worked on.</param>
    public void Step(Func<string> part)
    {
        if (!_wanted || ++_steps % StepsPerLook != 0) return;
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(_began, now) < Patience || (_shown && _time.GetElapsedTime(_shownAt, now) < Interval)) return;
        (_shown, _shownAt) = (true, now);
        _terminal.Write(string.Create(CultureInfo.InvariantCulture, $"\r{part()}, {_steps:N0} events\e[K"));
    }

    public void Clear()
    {
        if (_shown) _terminal.Write("\r\e[K");
        _shown = false;
    }
}
