using System.Net;
using System.Runtime.CompilerServices;

namespace Conpot.Pi.Events;

/// <summary>What a sweep goes through; a protocol says which values it saw.</summary>
internal enum Sweep
{
    /// <summary>Modbus unit ids.</summary>
    Unit,

    /// <summary>Addresses that were read from.</summary>
    Register,

    /// <summary>Addresses that were written to.</summary>
    Write,

    /// <summary>Hashes of communities that the device does not know.</summary>
    Community,

    /// <summary>Destination TSAPs.</summary>
    Tsap,
}

/// <summary>One source address, over all its sessions, and what it went through in the window.</summary>
internal sealed class Visitor(IPAddress address)
{
    public IPAddress Address => address;

    /// <summary>Others took its place in the table; a session that still holds it looks it up again.</summary>
    public bool IsGone { get; set; }

    /// <summary>Of the session that brought the latest new value.</summary>
    public Origin? Origin { get; set; }

    public Track[] Tracks { get; } = new Track[(int)Sweep.Tsap + 1];
}

/// <summary>The values of one kind that a source used since a moment: how many requests, how many different ones, from where to where.</summary>
internal struct Track
{
    private Seen256 _seen;

    public int Requests { get; private set; }

    /// <summary>Exact for values below 256; of others a lower bound, as two of them may share a bit.</summary>
    public int Distinct { get; private set; }

    public uint Lowest { get; private set; }

    public uint Highest { get; private set; }

    public uint Last { get; private set; }

    public bool Told { get; set; }

    public long Since { get; set; }

    public long Changed { get; set; }

    /// <summary>Begins anew with one request.</summary>
    public static Track Begun(long now, uint value)
    {
        var track = new Track { Since = now };
        track.Add(value);
        return track;
    }

    /// <returns>Whether the value is a new one.</returns>
    public bool Add(uint value)
    {
        if (Requests < int.MaxValue) Requests++;
        Last = value;
        var slot = value < 256 ? value : value * 0x9E3779B1 >> 24; // Knuth's multiplicative hash
        ref var word = ref _seen[(int)(slot >> 6)];
        var bit = 1UL << (int)(slot & 63);
        if ((word & bit) != 0) return false;
        word |= bit;
        Lowest = Distinct == 0 ? value : Math.Min(Lowest, value);
        Highest = Math.Max(Highest, value);
        Distinct++;
        return true;
    }

    [InlineArray(4)]
    private struct Seen256
    {
        private ulong _first;
    }
}
