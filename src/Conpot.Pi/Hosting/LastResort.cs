using System.Runtime.ExceptionServices;

namespace Conpot.Pi.Hosting;

/// <summary>What becomes of a mistake of our own that nobody caught: a timer or a piece of work is lost, the sensor is not.</summary>
/// <remarks>
/// A thread of the pool is handed back and the next tick of its timer tries again. A thread that somebody owns cannot go on without its
/// owner, so there the process ends, and the service starts it anew: the journal has every answered exchange by then.
/// </remarks>
internal sealed class LastResort(Action<string> complain)
{
    /// <summary>A timer fails at each tick: what was said of it is enough.</summary>
    internal const int MostTold = 16;

    private readonly HashSet<string> _told = [];

    /// <summary>Once in a process.</summary>
    public static void Guard(Action<string> complain)
    {
        var guard = new LastResort(complain);
        ExceptionHandling.SetUnhandledExceptionHandler(e => guard.Survives(e, Thread.CurrentThread.IsThreadPoolThread));
    }

    /// <returns>Whether the process may go on.</returns>
    internal bool Survives(Exception mistake, bool pooled)
    {
        if (!pooled) return false; // the runtime prints it
        var text = mistake.ToString();
        lock (_told)
            if (_told.Count >= MostTold || !_told.Add(text)) return true;
        complain($"a mistake of the sensor's own, which goes on without this piece of work; please report it: {text}");
        return true;
    }
}
