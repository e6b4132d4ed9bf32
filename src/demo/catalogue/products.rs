//! What the demo's merchant sells.

/// A product with its variations; each variation is one warehouse SKU.
pub(super) struct Product {
    /// The codes of its SKUs begin with this.
    pub(super) code: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// What rules choose by.
    pub(super) range: Range,
    /// Code suffix and name of each variation.
    pub(super) variations: &'static [(&'static str, &'static str)],
}

/// The merchant's ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// Coffee, tea, snacks.
    Food,
    /// Shirts, batik, scarves.
    Fashion,
    /// Bottles, pans, other things of the house.
    Home,
    /// Serums, soaps.
    Beauty,
    /// Cables, chargers, earphones.
    Electronics,
}

/// A product that is put together from others.
pub(super) struct Bundle {
    /// Its SKU in the stores.
    pub(super) code: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// Warehouse SKU and units of it, for each component.
    pub(super) components: &'static [(&'static str, i32)],
}

const fn product(
    code: &'static str,
    name: &'static str,
    range: Range,
    variations: &'static [(&'static str, &'static str)],
) -> Product {
    Product {
        code,
        name,
        range,
        variations,
    }
}

/// All products, one a line.
#[rustfmt::skip]
pub(super) const PRODUCTS: &[Product] = &[
    product("KOPI-GAYO", "Kopi Arabika Gayo Aceh", Range::Food, &[("100", "100 gr"), ("250", "250 gr"), ("500", "500 gr"), ("1KG", "1 kg")]),
    product("KOPI-TORAJA", "Kopi Arabika Toraja Sapan", Range::Food, &[("100", "100 gr"), ("250", "250 gr"), ("500", "500 gr")]),
    product("KOPI-LAMPUNG", "Kopi Robusta Lampung Giling Halus", Range::Food, &[("250", "250 gr"), ("1KG", "1 kg")]),
    product("TEH-MELATI", "Teh Melati Celup Slawi", Range::Food, &[("25", "25 kantong"), ("50", "50 kantong")]),
    product("SAMBAL", "Sambal Bawang Homemade", Range::Food, &[("ORI", "Original 150 gr"), ("LV5", "Pedas level 5 150 gr"), ("TERI", "Teri Medan 150 gr")]),
    product("KERUPUK", "Kerupuk Udang Sidoarjo Mentah", Range::Food, &[("250", "250 gr"), ("500", "500 gr")]),
    product("GULA-AREN", "Gula Aren Bubuk Organik", Range::Food, &[("250", "250 gr"), ("500", "500 gr")]),
    product("BATIK-PRIA", "Kemeja Batik Pria Lengan Pendek Motif Parang", Range::Fashion, &[("M", "M"), ("L", "L"), ("XL", "XL"), ("XXL", "XXL")]),
    product("DASTER", "Daster Batik Kencana Ungu Busui", Range::Fashion, &[("MRH", "Merah"), ("BIRU", "Biru"), ("HJU", "Hijau")]),
    product("KAOS-HTM", "Kaos Polos Cotton Combed 30s Hitam", Range::Fashion, &[("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL")]),
    product("KAOS-PTH", "Kaos Polos Cotton Combed 30s Putih", Range::Fashion, &[("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL")]),
    product("PASHMINA", "Pashmina Ceruty Babydoll Premium", Range::Fashion, &[("BLK", "Black"), ("NUDE", "Nude"), ("PINK", "Dusty Pink"), ("NAVY", "Navy")]),
    product("MUKENA", "Mukena Katun Jepang Dewasa", Range::Fashion, &[("BGA", "Motif bunga"), ("PLS", "Polos")]),
    product("SARUNG", "Sarung Tenun Goyor Pemalang", Range::Fashion, &[("BIRU", "Biru"), ("MRN", "Maroon")]),
    product("TUMBLER", "Botol Minum Stainless 750 ml Tahan Panas", Range::Home, &[("HTM", "Hitam"), ("PTH", "Putih"), ("SAGE", "Sage")]),
    product("WAJAN", "Wajan Anti Lengket Marble", Range::Home, &[("24", "24 cm"), ("28", "28 cm"), ("32", "32 cm")]),
    product("TIKAR", "Tikar Lipat Piknik Anti Air", Range::Home, &[("150", "150 x 200 cm"), ("200", "200 x 200 cm")]),
    product("SERUM", "Serum Niacinamide 10% + Zinc", Range::Beauty, &[("20", "20 ml"), ("40", "40 ml")]),
    product("SUNSCREEN", "Sunscreen Gel SPF 50 PA++++", Range::Beauty, &[("30", "30 gr"), ("50", "50 gr")]),
    product("SABUN", "Sabun Batang Beras Susu", Range::Beauty, &[("1", "1 pcs"), ("3", "Isi 3")]),
    product("MINYAK", "Minyak Telon Bayi Plus", Range::Beauty, &[("60", "60 ml"), ("100", "100 ml")]),
    product("KABEL", "Kabel Data USB-C Fast Charging 3A", Range::Electronics, &[("1M", "1 meter"), ("2M", "2 meter")]),
    product("CHARGER", "Kepala Charger GaN", Range::Electronics, &[("20W", "20 W"), ("33W", "33 W"), ("65W", "65 W")]),
    product("TWS", "Earphone Bluetooth TWS ENC", Range::Electronics, &[("HTM", "Hitam"), ("PTH", "Putih")]),
    product("LAMPU", "Lampu LED Emergency 12 W", Range::Electronics, &[("1", "1 pcs"), ("4", "Isi 4")]),
];

/// All bundles. Every store lists them.
pub(super) const BUNDLES: &[Bundle] = &[
    Bundle {
        code: "PAKET-KOPI",
        name: "Paket Hampers Kopi Nusantara (Gayo + Toraja + Tumbler)",
        components: &[("KOPI-GAYO-250", 1), ("KOPI-TORAJA-250", 1), ("TUMBLER-HTM", 1)],
    },
    Bundle {
        code: "PAKET-KAOS-3",
        name: "Paket Kaos Polos Hitam L isi 3",
        components: &[("KAOS-HTM-L", 3)],
    },
    Bundle {
        code: "PAKET-SARAPAN",
        name: "Paket Sarapan (2 Teh Melati + Sambal Bawang)",
        components: &[("TEH-MELATI-25", 2), ("SAMBAL-ORI", 1)],
    },
    Bundle {
        code: "PAKET-GLOWING",
        name: "Paket Glowing (Serum 20 ml + Sunscreen 30 gr + 2 Sabun)",
        components: &[("SERUM-20", 1), ("SUNSCREEN-30", 1), ("SABUN-1", 2)],
    },
    Bundle {
        code: "PAKET-CAS",
        name: "Paket Fast Charging (Charger 20 W + Kabel 1 meter)",
        components: &[("CHARGER-20W", 1), ("KABEL-1M", 1)],
    },
];
