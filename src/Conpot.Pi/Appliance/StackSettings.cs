using Conpot.Pi.Config;

namespace Conpot.Pi.Appliance;

/// <summary>[stack]: what the device's TCP/IP looks like from outside, as far as the kernel's can be dressed up as it.</summary>
internal sealed record StackSettings
{
    /// <summary>False leaves the kernel as it is.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Time to live of segments from a port that is served, and of everything else.</summary>
    public required int TtlOpen { get; init; }

    public required int TtlClosed { get; init; }

    /// <summary>The largest window that is offered, in bytes.</summary>
    public required int Window { get; init; }

    /// <summary>The segment size granted to a peer that names none, or only after a timestamp; any other is granted its own.</summary>
    public required int SmallSegment { get; init; }

    /// <summary>The largest segment size granted.</summary>
    public required int LargestSegment { get; init; }

    /// <summary>Whether DF is set.</summary>
    public required bool DontFragment { get; init; }

    /// <summary>Whether all packets are numbered by one counter.</summary>
    public required bool CountsPackets { get; init; }

    /// <summary>Whether an echo reply has code 0, whatever the request's.</summary>
    public required bool EchoCodeZero { get; init; }

    /// <summary>What an unreachable's quote has for the datagram's time to live.</summary>
    public required int QuotedTtl { get; init; }

    /// <summary>What an unreachable's quote has for the datagram's checksum; null for the datagram's own.</summary>
    public required ushort? QuotedChecksum { get; init; }

    /// <param name="section">The user's over the profile's.</param>
    public static StackSettings Read(ConfigSection section)
    {
        var checksum = section.Integer("quoted_checksum", -1, -1, 0xFFFF);
        return new StackSettings
        {
            Enabled = section.Flag("enabled", false),
            TtlOpen = (int)section.Integer("ttl_open", 60, 1, 255),
            TtlClosed = (int)section.Integer("ttl_closed", 60, 1, 255),
            Window = (int)section.Integer("window", 2048, 512, 65535),
            SmallSegment = (int)section.Integer("small_segment", 512, 64, 1460),
            LargestSegment = (int)section.Integer("largest_segment", 1460, 536, 1460),
            DontFragment = section.Flag("dont_fragment", false),
            CountsPackets = section.Choice("packet_id", "counter", "counter", "linux") == "counter",
            EchoCodeZero = section.Choice("echo_code", "zero", "zero", "same") == "zero",
            QuotedTtl = (int)section.Integer("quoted_ttl", 1, 0, 255),
            QuotedChecksum = checksum < 0 ? null : (ushort)checksum,
        };
    }
}
