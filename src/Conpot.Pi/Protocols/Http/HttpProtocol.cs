namespace Conpot.Pi.Protocols.Http;

/// <summary>The web page of the device, or of the panel in front of it.</summary>
internal sealed class HttpProtocol : IProtocol
{
    private HttpProtocol(ProtocolSurroundings surroundings)
    {
        var (cpu, place, time) = (surroundings.Cpu, surroundings.Place, surroundings.Time); // captured one by one: the surroundings themselves would keep all predecessors
        var settings = HttpSettings.Read(surroundings.Section, cpu, surroundings.Seed, surroundings.LowPorts, surroundings.ConfigDirectory);
        var facts = DeviceFacts.Read(surroundings.Identity, surroundings.Seed, cpu, () => place.Known.MacText);
        IHttpSite site = settings.ItCp ? new ItCpSite(settings, facts, cpu, time) : new StationSite(settings, facts, cpu, surroundings.Seed, time);
        var (server, buffers) = (new HttpServer(site, cpu), new HttpBuffers());
        Enabled = settings.Enabled;
        TcpPorts = [new TcpPort(settings.Port, settings.Connections, settings.IdleTimeout, settings.Latency, () => new HttpConversation(server, buffers, time), MakesRoom: true)];
    }

    public string Name => "http";

    public bool Enabled { get; }

    public IReadOnlyList<TcpPort> TcpPorts { get; }

    public static IProtocol Create(ProtocolSurroundings surroundings) => new HttpProtocol(surroundings);
}
