namespace Conpot.Pi.Protocols.S7comm;

/// <summary>What one connection wants to be told of the CPU, and how far it has been told.</summary>
internal sealed class S7Messages
{
    /// <summary>Changes of the operating mode, diagnostics, alarms (packet-s7comm.c, "SubscribedEvents").</summary>
    public const byte ModeChanges = 1, Diagnostics = 2, Alarms = 0x80;

    /// <summary>Of what the CPU has to say; there is never an alarm.</summary>
    public byte Wanted { get; private set; }

    /// <summary>How many entries of the diagnostic buffer it has seen.</summary>
    public long Seen { get; set; }

    /// <summary>When to look for new ones, in the clock's ticks.</summary>
    public long Due { get; set; } = long.MaxValue;

    /// <param name="events">What is wanted from now on, and no more what was wanted before.</param>
    public void Want(byte events, long seen, long now)
    {
        Wanted = (byte)(events & (ModeChanges | Diagnostics));
        (Seen, Due) = (seen, Wanted == 0 ? long.MaxValue : now);
    }
}
