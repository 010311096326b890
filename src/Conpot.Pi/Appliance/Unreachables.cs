using System.Globalization;

namespace Conpot.Pi.Appliance;

/// <summary>Answers datagrams to ports behind which nobody is: the loop of <c>appliance unreachable</c>.</summary>
/// <param name="served">Whose answers are the sensor's.</param>
/// <param name="isOpen">Whether a program of this machine has the port: the clients of DNS and NTP have theirs.</param>
internal sealed class Unreachables(StackSettings stack, IReadOnlyList<int> served, Func<int, bool> isOpen, TimeProvider time)
{
    /// <summary>nmap -sU needs some ten a second; this many are 70 kbit/s, whoever forges the source of how many.</summary>
    public const int PerSecond = 100;

    private long _began = time.GetTimestamp();
    private int _sent;

    /// <returns>How many bytes of <paramref name="reply"/> to send; 0 for none.</returns>
    public int Answer(ReadOnlySpan<byte> packet, uint local, Span<byte> reply)
    {
        var port = PortUnreachable.AskedPort(packet, local);
        if (port < 0 || served.Contains(port) || !MayAnswer() || isOpen(port)) return 0;
        PortUnreachable.Write(packet, stack, reply);
        return PortUnreachable.Size;
    }

    /// <summary>Until <see cref="RawSockets.Receive"/> has no more.</summary>
    public void Run(RawSockets sockets)
    {
        Span<byte> packet = stackalloc byte[RawSockets.Wanted], reply = stackalloc byte[PortUnreachable.Size];
        while (sockets.Receive(packet, out var length, out var local))
            if (Answer(packet[..length], local, reply) > 0)
                sockets.Send(reply);
    }

    /// <summary>Whether a table of /proc/net (udp, udp6) has the port; of a table that cannot be read, no.</summary>
    public static bool IsListed(string table, int port)
    {
        foreach (var line in table.Split('\n'))
            // sl, local address and port in hexadecimal ...: proc_net_udp
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var local, ..] && local.LastIndexOf(':') is > 0 and var colon
                && int.TryParse(local.AsSpan(colon + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var listed) && listed == port)
                return true;
        return false;
    }

    private bool MayAnswer()
    {
        if (time.GetElapsedTime(_began) >= TimeSpan.FromSeconds(1))
        {
            _began = time.GetTimestamp();
            _sent = 0;
        }
        if (_sent >= PerSecond) return false;
        _sent++;
        return true;
    }
}
