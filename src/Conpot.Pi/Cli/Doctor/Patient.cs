using System.Net;
using System.Text.Json;
using Conpot.Pi.Config;
using Conpot.Pi.Hosting;
using Conpot.Pi.Hosting.Control;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>A port of the sensor, as its settings want it or as it runs.</summary>
internal sealed record Listener(string Protocol, string Transport, IPEndPoint EndPoint)
{
    public override string ToString() => $"{Protocol} {EndPoint}{(Transport == "udp" ? " (UDP)" : "")}";

    /// <summary>Whether two sockets exclude each other.</summary>
    public bool Meets(IPAddress address) => IsEverywhere(EndPoint.Address) || IsEverywhere(address) || EndPoint.Address.Equals(address);

    public static bool IsEverywhere(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}

/// <summary>What the doctor examines: the settings, the running sensor if there is one, and the machine around both.</summary>
internal sealed record Patient
{
    /// <summary>As a person knows the settings: a path, or "built-in defaults".</summary>
    public required string Settings { get; init; }

    /// <summary>Null when they are wrong.</summary>
    public SensorPlan? Plan { get; init; }

    /// <summary>What is wrong with them.</summary>
    public IReadOnlyList<string> Mistakes { get; init; } = [];

    /// <summary>What the running sensor says of itself, or null.</summary>
    public JsonElement? Status { get; init; }

    /// <summary>Why the running sensor cannot be asked, or null.</summary>
    public string? Unasked { get; init; }

    public required MachineFiles Machine { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Whether this user may bind ports below 1024.</summary>
    public required bool LowPorts { get; init; }

    public bool IsRunning => Status is not null;

    /// <summary>What the settings want; empty without a plan.</summary>
    public IReadOnlyList<Listener> Wanted => Plan is null ? [] :
    [
        .. from protocol in Plan.Protocols
           where protocol.Enabled
           from address in Plan.Network.Listen
           from port in protocol.TcpPorts.Select(p => ("tcp", p.Port)).Concat(protocol.UdpPorts.Select(p => ("udp", p.Port)))
           select new Listener(protocol.Name, port.Item1, new IPEndPoint(address, port.Port)),
    ];

    /// <summary>What the running sensor has open.</summary>
    public IReadOnlyList<Listener> Open => Status is not { } status ? [] :
    [
        .. from listener in status.Items("listeners")
           let address = IPAddress.TryParse(listener.Text("address"), out var parsed) ? parsed : null
           where address is not null
           let protocol = listener.Text("protocol")
           select new Listener(protocol, ProtocolReading.TransportOf(protocol), new IPEndPoint(address, (int)Math.Clamp(listener.Number("port"), 0, 65535))),
    ];

    /// <summary>What a visitor finds, or would find if the sensor ran.</summary>
    public IReadOnlyList<Listener> Listening => IsRunning ? Open : Wanted;

    /// <summary>Where nobody but this machine comes: a trial on a desk.</summary>
    public bool IsLocal => Listening.All(l => IPAddress.IsLoopback(l.EndPoint.Address));

    /// <summary>That of the running sensor, else that of the settings; null without either.</summary>
    public string? JournalDirectory => Status is { } status && status.TryGetProperty("journal", out var journal) && journal.Text("directory") is { Length: > 0 } directory
        ? directory
        : Plan?.Journal.Directory;

    public static Patient Of(ConfigSource source, TimeProvider time)
    {
        var errors = new ConfigErrors();
        var plan = SensorPlan.Read(source, null, time, create: false, errors);
        plan?.Cpu.Dispose(); // it is looked at, and never powered up
        var (status, unasked) = Ask(source);
        return new Patient
        {
            Settings = source.Path ?? "built-in defaults",
            Plan = plan,
            Mistakes = [.. errors.InOrder.Select(e => e.ToString())],
            Status = status,
            Unasked = unasked,
            Machine = new MachineFiles("/"),
            Time = time,
            LowPorts = Net.LowPorts.Allowed,
        };
    }

    private static (JsonElement? Status, string? Unasked) Ask(ConfigSource source)
    {
        // A file that cannot be read says nothing of the socket: then it is where it is by default.
        var control = ControlSettings.Find(source, new ConfigErrors()) ?? ControlSettings.Find(source with { Path = null }, new ConfigErrors());
        if (control is null) return (null, null);
        try
        {
            using var client = ControlClient.TryConnect(control);
            if (client is null) return (null, null);
            using var status = client.Ask("status");
            return (status.RootElement.Clone(), null);
        }
        catch (ControlException e)
        {
            return (null, e.Message);
        }
    }
}
