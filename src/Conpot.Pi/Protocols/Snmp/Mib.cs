namespace Conpot.Pi.Protocols.Snmp;

/// <summary>All objects of the device in the order of the tree.</summary>
internal abstract class Mib
{
    /// <summary>The objects now, in strictly rising order of their OIDs. Rows that come and go (connections) make a new array; the engine asks once per request.</summary>
    public abstract ReadOnlySpan<MibObject> Objects { get; }

    /// <summary>The index of the first object at or after <paramref name="oid"/> (Count when there is none), and whether it is exactly that one.</summary>
    public static int Find(ReadOnlySpan<MibObject> objects, ReadOnlySpan<uint> oid, out bool exact)
    {
        var (low, high) = (0, objects.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (oid.SequenceCompareTo(objects[middle].Oid) > 0) low = middle + 1;
            else high = middle;
        }
        exact = low < objects.Length && oid.SequenceEqual(objects[low].Oid);
        return low;
    }
}
