using System.Net;
using System.Net.Sockets;

namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>Asks an agent on loopback for its sysUpTime.</summary>
internal static class SnmpProbe
{
    private static readonly byte[] s_get = Convert.FromHexString("302602010104067075626C6963A01902010102010002010030" + "0E300C06082B060102010103000500");

    /// <summary>Whether any reply comes within 100 ms.</summary>
    public static bool Answers(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 100 };
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            socket.Send(s_get);
            return socket.Receive(new byte[1500]) > 0;
        }
        catch (SocketException)
        {
            return false; // refused, or no reply in time
        }
    }
}
