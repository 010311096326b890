using Conpot.Pi.Net;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols;

/// <summary>The module's place in the network, the same for every protocol that shows it.</summary>
internal sealed class ModulePlace(ModuleNetworkSettings settings, DeviceSeed seed, TimeProvider time)
{
    /// <summary>How old the knowledge may be where it is asked for with each request.</summary>
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(30);

    private ModuleNetwork? _known;
    private long _asked;

    /// <summary>What the machine says now: a few small files are read.</summary>
    public ModuleNetwork Look() => settings.Resolve(HostNetwork.Read(), seed);

    /// <summary>What it said less than half a minute ago. On the network loop's thread only.</summary>
    public ModuleNetwork Known
    {
        get
        {
            if (_known is not null && time.GetElapsedTime(_asked) < Age) return _known;
            _asked = time.GetTimestamp();
            return _known = Look();
        }
    }
}
