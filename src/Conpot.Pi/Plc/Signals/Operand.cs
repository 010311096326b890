namespace Conpot.Pi.Plc.Signals;

/// <summary>A number in a signal: written out, or standing at an address where the network may change it.</summary>
internal readonly record struct Operand(double Number, Address? Place = null)
{
    /// <summary>Words and double words are signed, as in the S7-200's own comparisons.</summary>
    public double Value(ProcessImage image) => Place is not { } place ? Number : place.Width switch
    {
        Width.Word => (short)image.Read(place),
        Width.Double => (int)image.Read(place),
        _ => image.Read(place),
    };
}
