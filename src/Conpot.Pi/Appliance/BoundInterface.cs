namespace Conpot.Pi.Appliance;

/// <summary>An interface that a socket is bound to: by its number, though it was asked for by its name.</summary>
/// <remarks>A USB adapter that the bus has lost and found again has the same name and another number, and the socket hears nothing more: SO_BINDTODEVICE of socket(7).</remarks>
/// <param name="indexOf">0 while there is none of that name: if_nametoindex(3).</param>
internal sealed class BoundInterface(string name, Func<string, int> indexOf)
{
    private readonly int _index = indexOf(name);

    /// <summary>Whether another interface has the name now; one that is merely gone may come back.</summary>
    public bool IsReplaced => indexOf(name) is > 0 and var now && now != _index;
}
