namespace Conpot.Pi.Hardware.Chips;

/// <summary>A chip that is connected, as its bus's thread drives it. Any call may throw what the bus throws; the chip is then given up and made anew.</summary>
internal abstract class Chip : IDisposable
{
    /// <summary>Longer than any wait: nothing to do by itself.</summary>
    protected static readonly TimeSpan Never = TimeSpan.FromDays(365);

    /// <summary>An output that nobody has put out yet and that holds: it stays as the chip has it.</summary>
    public const int Held = int.MinValue;

    /// <summary>Writes every register it needs, outputs first, so that nothing blinks.</summary>
    public abstract void Configure(ReadOnlySpan<int> outputs);

    /// <summary>Whether it still is as it was configured; a chip whose supply dipped is not, and says nothing of it.</summary>
    public virtual bool Verify() => true;

    public virtual void Put(ReadOnlySpan<int> outputs)
    {
    }

    /// <summary>One step towards new readings: starts a conversion, or fetches one. Never sleeps.</summary>
    /// <param name="readings">One for each input, in its own unit; NaN where this step brought none.</param>
    /// <returns>When it wants the next step.</returns>
    public virtual TimeSpan Sample(TimeSpan now, Span<double> readings) => Never;

    public abstract void Dispose();
}

/// <summary>Which of a converter's inputs is due: each has its own cadence.</summary>
internal sealed class PointClock(ChipPoint[] inputs)
{
    private readonly TimeSpan[] _due = new TimeSpan[inputs.Length];

    /// <summary>The input that has waited longest.</summary>
    public int Next()
    {
        var next = 0;
        for (var i = 1; i < _due.Length; i++)
        {
            if (_due[i] < _due[next])
                next = i;
        }
        return next;
    }

    public TimeSpan Wait(TimeSpan now) => _due.Length == 0 ? TimeSpan.FromDays(365) : _due[Next()] > now ? _due[Next()] - now : TimeSpan.Zero;

    public void Done(int index, TimeSpan now) => _due[index] = now + inputs[index].Every;
}
