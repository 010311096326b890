using System.Globalization;

namespace Conpot.Pi.Net;

/// <summary>Whether this process may bind the ports that a PLC has, all below 1024.</summary>
internal static class LowPorts
{
    private const int CapNetBindService = 10; // linux/capability.h

    private const int LowestOfOurs = 80;

    public static bool Allowed
    {
        get
        {
            try
            {
                var first = File.ReadAllText("/proc/sys/net/ipv4/ip_unprivileged_port_start");
                if (int.Parse(first, CultureInfo.InvariantCulture) <= LowestOfOurs) return true;
                var effective = File.ReadLines("/proc/self/status").First(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
                return (ulong.Parse(effective.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> CapNetBindService & 1) != 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException)
            {
                return Environment.IsPrivilegedProcess; // no /proc: root may, others may not
            }
        }
    }
}
