using System.Text;
using Conpot.Pi.Config;

namespace Conpot.Pi.Protocols.Modbus;

/// <summary>The objects of Read Device Identification (V1.1b3, 6.21), in the order of their ids.</summary>
internal sealed class DeviceIdentification
{
    /// <summary>Longer does not fit a PDU of 253 bytes beside the header of 7 and the object's own 2.</summary>
    private const int LongestObject = 244;

    /// <summary>Basic objects 0..2, regular 3..6 (V1.1b3, table in 6.21).</summary>
    private static readonly (byte Id, string Key)[] Standard =
        [(0, "vendor"), (1, "product"), (2, "revision"), (3, "vendor_url"), (4, "product_name"), (5, "model_name"), (6, "application")];

    private readonly List<(byte Id, byte[] Value)> _objects = [];

    public IReadOnlyList<(byte Id, byte[] Value)> Objects => _objects;

    /// <summary>0x80 for individual access, and the highest category there is: 1 basic, 2 regular, 3 extended.</summary>
    public byte Conformity { get; private set; } = 0x81;

    /// <summary>[modbus.identification]; further objects as <c>extended = ["128=text", ...]</c>.</summary>
    public static DeviceIdentification Read(ConfigSection section)
    {
        var identification = new DeviceIdentification();
        foreach (var (id, key) in Standard)
        {
            var text = section.Text(key, "");
            // The three basic objects are mandatory, the others exist when they have a text.
            if (text.Length > 0 || id <= 2) identification.Add(section, key, id, text);
        }
        foreach (var entry in section.Texts("extended"))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && byte.TryParse(entry.AsSpan(0, equals), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id) && id >= 0x80)
                identification.Add(section, "extended", id, entry[(equals + 1)..]);
            else
                section.Error("extended", $"\"{entry}\" is no extended object; write \"id=text\" with an id from 128 to 255, such as \"128=Line 3\"");
        }
        identification._objects.Sort((a, b) => a.Id.CompareTo(b.Id));
        return identification;
    }

    private void Add(ConfigSection section, string key, byte id, string text)
    {
        var value = Encoding.Latin1.GetBytes(text);
        if (value.Length > LongestObject)
        {
            section.Error(key, $"'{key}' in [modbus.identification] has {value.Length} characters; allowed: {LongestObject}");
            return;
        }
        _objects.Add((id, value));
        if (id >= 0x80) Conformity = 0x83;
        else if (id > 2 && Conformity < 0x82) Conformity = 0x82;
    }
}
