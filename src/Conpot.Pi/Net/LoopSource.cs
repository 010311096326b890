namespace Conpot.Pi.Net;

/// <summary>One file descriptor that the network loop waits on.</summary>
internal abstract class LoopSource
{
    /// <summary>-1 once it is closed.</summary>
    public int Fd { get; protected set; } = -1;

    /// <summary>Where the loop keeps it, and which of the place's owners it is: a late event for a former owner is dropped.</summary>
    internal int Slot { get; set; } = -1;

    internal uint Generation { get; set; }

    /// <summary>Called on the loop's thread with the epoll events that are ready.</summary>
    public abstract void Ready(int events);
}
