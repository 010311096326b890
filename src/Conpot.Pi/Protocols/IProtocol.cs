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

    IReadOnlyList<TcpPort> TcpPorts => [];

    IReadOnlyList<UdpPort> UdpPorts => [];

    /// <summary>Files of visitors that could not be kept, for want of room or because the disk fails.</summary>
    long LostFiles => 0;

    /// <summary>Why what a device remembers cannot be written down, and what helps; null when it can.</summary>
    string? Trouble => null;

    /// <summary>The sensor stops, or another plan has taken over: what a device would keep is written down now, and what was still to happen does not.</summary>
    /// <param name="successor">The same protocol of that plan, which may go on with this one's state; null when the sensor stops.</param>
    void Retire(IProtocol? successor)
    {
    }
}

/// <summary>One TCP port to listen on, on every configured address, and who talks there.</summary>
/// <param name="Latency">How long the device takes to answer: from, to.</param>
/// <param name="MakesRoom">When all connections are taken, the one that has waited longest gives its place to a new one.</param>
internal sealed record TcpPort(int Port, int Connections, TimeSpan IdleTimeout, (TimeSpan From, TimeSpan To) Latency, Func<IConversation> Converse, bool MakesRoom = false);

/// <summary>One UDP port to listen on, on every configured address, and who talks there.</summary>
/// <param name="QuietGap">After this long without a datagram a source's session is over.</param>
/// <param name="Latency">How long the device takes to answer: from, to.</param>
internal sealed record UdpPort(int Port, TimeSpan QuietGap, BudgetLimits Budget, (TimeSpan From, TimeSpan To) Latency, IDatagramConversation Conversation);

/// <summary>What a protocol is built from. Building has no side effect: <c>validate</c> does it too.</summary>
internal sealed record ProtocolSurroundings
{
    /// <summary>The user's section over the profile's.</summary>
    public required ConfigSection Section { get; init; }

    public required PlcProfile Profile { get; init; }

    public required DeviceSeed Seed { get; init; }

    public required Cpu Cpu { get; init; }

    public required NetworkSettings Network { get; init; }

    /// <summary>For what a protocol shows of the device's place in the network.</summary>
    public required ModulePlace Place { get; init; }

    /// <summary>The user's [identity] over the profile's.</summary>
    public required ConfigSection Identity { get; init; }

    /// <summary>Whether the standard port is the default; else the one for a developer's PC.</summary>
    public required bool LowPorts { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Where a protocol may keep a small file of its own.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>What relative paths in the settings are relative to.</summary>
    public required string ConfigDirectory { get; init; }

    /// <summary>The TCP connections open now.</summary>
    public required OpenConnections Connections { get; init; }

    /// <summary>The TCP ports of the protocols before this one in the registry.</summary>
    public required IReadOnlyList<int> TcpPorts { get; init; }

    /// <summary>The same protocol of the plan in force, when a reload builds a new one: it may hand over what it has counted.</summary>
    public IProtocol? Predecessor { get; init; }
}
