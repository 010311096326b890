using Conpot.Pi.Config;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols;

/// <summary>One protocol of the device: built from its settings, bound by whoever runs it.</summary>
internal interface IProtocol
{
    /// <summary>As in the section's name and in network.protocol.</summary>
    string Name { get; }

    /// <summary>False when the configuration switches it off.</summary>
    bool Enabled { get; }

    IReadOnlyList<TcpPort> TcpPorts { get; }
}

/// <summary>One TCP port to listen on, on every configured address, and who talks there.</summary>
/// <param name="Latency">How long the device takes to answer: from, to.</param>
internal sealed record TcpPort(int Port, int Connections, TimeSpan IdleTimeout, (TimeSpan From, TimeSpan To) Latency, Func<IConversation> Converse);

/// <summary>What a protocol is built from. Building has no side effect: <c>validate</c> does it too.</summary>
/// <param name="Section">The user's section over the profile's.</param>
/// <param name="LowPorts">Whether the standard port is the default; else the one for a developer's PC.</param>
internal sealed record ProtocolSurroundings(ConfigSection Section, PlcProfile Profile, Cpu Cpu, bool LowPorts);
