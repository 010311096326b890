namespace Conpot.Pi.Protocols.Http;

/// <summary>The web page of the device, or of the panel in front of it.</summary>
internal sealed class HttpProtocol : IProtocol
{
    private HttpProtocol(ProtocolSurroundings surroundings)
    {
        var cpu = surroundings.Cpu;
        var settings = HttpSettings.Read(surroundings.Section, cpu, surroundings.Seed, surroundings.LowPorts, surroundings.ConfigDirectory);
        var facts = DeviceFacts.Read(surroundings.Identity, surroundings.Seed, cpu);
        IHttpSite site = settings.ItCp ? new ItCpSite(settings, facts, cpu, surroundings.Time) : new StationSite(settings, facts, cpu, surroundings.Seed, surroundings.Time);
        var conversation = new HttpConversation(new HttpServer(site, cpu));
        Enabled = settings.Enabled;
        TcpPorts = [new TcpPort(settings.Port, settings.Connections, settings.IdleTimeout, settings.Latency, () => conversation)];
    }

    public string Name => "http";

    public bool Enabled { get; }

    public IReadOnlyList<TcpPort> TcpPorts { get; }

    public static IProtocol Create(ProtocolSurroundings surroundings) => new HttpProtocol(surroundings);
}
