namespace Conpot.Pi.Net;

/// <summary>How long the device takes to answer: a range, and the shape that captures of a CP 443-1 show within it.</summary>
internal sealed class Latency
{
    /// <summary>Quantile 0, 0.1, 0.5, 0.9, 1 of 3..6 ms, normalised: 3.94, 4.10 and 4.41 ms at 10, 50 and 90 % (S7-400 with CP 443-1, WIRE 3.6); beyond that a thin tail.</summary>
    private static readonly (double Probability, double Position)[] Shape = [(0, 0), (0.1, 0.313), (0.5, 0.367), (0.9, 0.47), (0.99, 0.75), (1, 1)];

    private readonly long _from, _width;
    private readonly Func<double> _uniform;

    /// <param name="uniform">Numbers from 0 up to but not 1, from the device's seed.</param>
    public Latency(TimeSpan from, TimeSpan to, Func<double> uniform)
    {
        (_from, _width, _uniform) = (from.Ticks, to.Ticks - from.Ticks, uniform);
    }

    /// <summary>No waiting at all.</summary>
    public bool IsZero => _from == 0 && _width == 0;

    public TimeSpan Next()
    {
        if (_width == 0) return new TimeSpan(_from);
        var p = _uniform();
        var i = 1;
        while (p > Shape[i].Probability) i++;
        var (p0, x0) = Shape[i - 1];
        var (p1, x1) = Shape[i];
        return new TimeSpan(_from + (long)(_width * (x0 + (x1 - x0) * (p - p0) / (p1 - p0))));
    }
}
