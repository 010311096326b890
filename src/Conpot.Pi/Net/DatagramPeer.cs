using System.Net;
using System.Runtime.InteropServices;

namespace Conpot.Pi.Net;

/// <summary>Both ends of a datagram as bytes of the kernel's: a key without allocation, and all that a reply needs to go back the way it came.</summary>
/// <param name="Address">The source's address; IPv4 in its first four bytes.</param>
/// <param name="Port">The source's port.</param>
/// <param name="Local">Our IPv4 address that it was sent to, in network order; 0 when unknown (IPv6).</param>
/// <param name="IsV6">Which of the two address families.</param>
internal readonly record struct DatagramPeer(UInt128 Address, ushort Port, uint Local, bool IsV6)
{
    public IPEndPoint EndPoint
    {
        get
        {
            var address = Address;
            return new IPEndPoint(new IPAddress(MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(ref address))[..(IsV6 ? 16 : 4)]), Port);
        }
    }
}
