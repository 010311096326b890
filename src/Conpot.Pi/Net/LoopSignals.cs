namespace Conpot.Pi.Net;

/// <summary>An eventfd: another thread has something for the loop.</summary>
internal sealed unsafe class WakeSource : LoopSource
{
    public WakeSource(int fd) => Fd = fd;

    public void Set()
    {
        ulong one = 1;
        _ = Libc.Write(Fd, &one, sizeof(ulong));
    }

    public override void Ready(int events)
    {
        ulong count;
        _ = Libc.Read(Fd, &count, sizeof(ulong));
    }
}

/// <summary>A timerfd: a reply is due. It is read before it is armed again; after, the read would swallow the new expiration.</summary>
internal sealed unsafe class TimerSource : LoopSource
{
    public TimerSource(int fd) => Fd = fd;

    /// <summary>Set until the loop has sent what is due: after the commit, when all that waits is in the journal.</summary>
    public bool Fired { get; set; }

    public override void Ready(int events)
    {
        ulong expirations;
        _ = Libc.Read(Fd, &expirations, sizeof(ulong));
        Fired = true;
    }
}
